import { readFileSync } from 'node:fs'

/**
 * What the Prisma CLI asks for on the engine's command line.
 * @param {string[]} argv
 * @returns {{ version: boolean, command?: string, datasource: { url?: string, shadowDatabaseUrl?: string }, datamodels: [string, string][] }}
 *   `datamodels` are pairs of a schema file's path and its text.
 */
export function parseInvocation(argv) {
  const datasource = JSON.parse(valueAfter(argv, '--datasource') ?? '{}')
  return {
    version: argv.includes('--version'),
    command: valueAfter(argv, 'cli'),
    datasource,
    datamodels: valuesAfter(argv, '--datamodels').map((file) => [file, readFileSync(file, 'utf8')]),
  }
}

function valueAfter(argv, name) {
  const at = argv.indexOf(name)
  return at < 0 ? undefined : argv[at + 1]
}

function valuesAfter(argv, name) {
  const at = argv.indexOf(name)
  if (at < 0) return []
  const rest = argv.slice(at + 1)
  const end = rest.findIndex((value) => value.startsWith('--') || value === 'cli')
  return end < 0 ? rest : rest.slice(0, end)
}

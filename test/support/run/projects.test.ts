import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from '@jest/globals'

/** What starts servers and stores, or speaks to those of the run. */
const NOT_FOR_UNITS = [
  'test/operate/cli/executable.ts',
  'test/support/postern.ts',
  'test/support/serve.ts',
  'test/support/stores/own-stores.ts',
  'test/support/stores/redis-servers.ts',
  'test/support/stores/stores.ts',
]
const config = '../../../jest.config.mjs'

it('unit tests reach no store and start no server', async () => {
  const { projectOf } = await import(config)
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'))
  const units = files.filter((file) => projectOf(file) === 'unit').map((file) => `test/${file}`)

  const wrong = units.flatMap((unit) =>
    [...reachedFrom(unit)].filter((file) => NOT_FOR_UNITS.includes(file)).map((file) => `${unit} reaches ${file}`),
  )

  expect(units.length).toBeGreaterThan(40)
  expect(wrong).toEqual([])
})

/** A file and all that it imports of ours, however far. */
function reachedFrom(file: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file)) return reached
  reached.add(file)
  // Types are gone before anything runs.
  const imports = readFileSync(file, 'utf8').matchAll(/(?:^(?:import|export)(?! type\b)[^'"]*|\bimport\()'(\.[^']+)'/gm)
  for (const [, specifier = ''] of imports) {
    const target = path.join(path.dirname(file), specifier).replace(/\.js$/, '.ts')
    if (target.endsWith('.ts') && existsSync(target)) reachedFrom(target, reached)
  }
  return reached
}

import { readdirSync, readFileSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { posternCommand } from '../../server/operate/cli/run-command.js'
import { Shell } from '../../server/operate/cli/shell.js'
import { innerSecrets } from '../../server/settings/inner-secrets.js'
import { variableOf } from '../../server/settings/load.js'
import { settingNames } from '../../server/settings/schema.js'

const DOCS = 'deploy/docs'
const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(`${DOCS}/${name}`, 'utf8') }))

/** Variables of the command line, and of examples. */
const NO_SETTINGS = ['POSTERN_CONFIG', 'POSTERN_TOKEN', 'POSTERN_JWT']

const out = new PassThrough()
const tree = posternCommand(new Shell({ args: [], env: {}, stdin: Readable.from([]), stdout: out, stderr: out }))

/** What follows `postern` on a line or in a code span, up to where the shell or the sentence goes on. */
function commandsIn(text: string): string[] {
  const code = [...text.matchAll(/```(?:sh)?\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
    ([, block, span]) => block ?? span ?? '',
  )
  return code
    .flatMap((each) => each.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) =>
      [...line.matchAll(/(?:^|npx |\| )postern ([a-z-][^|;>#"]*)/g)].map(([, words = '']) => words.trim()),
    )
}

/** The table of Gafaelfawr's commands has ours in its second column, without the name of the program. */
function counterpartsIn(text: string): string[] {
  const table = text.split('| `gafaelfawr` | `npx postern` |')[1]?.split('\n\n')[0] ?? ''
  const cells = table.split('\n').map((row) => row.split(' | ')[1] ?? '')
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z-][^`]*)`/g)].map(([, words = '']) => words))
}

/** Says what a command has that does not exist; undefined where all of it does. */
function faultOf(words: string): string | undefined {
  let command: Command = tree
  const rest = words.split(/[\s[\]]+/).filter(Boolean)
  while (rest[0] !== undefined && command.commands.length > 0 && /^[a-z]/.test(rest[0])) {
    const names = (rest.shift() ?? '').split('|')
    const found = names.map((name) => command.commands.find((each) => each.name() === name))
    if (names[0] === 'help') return undefined
    const next = found.every(Boolean) ? found[0] : undefined
    if (!next) return `${words}: there is no ${names.join('|')}`
    command = next
  }
  const options = rest.flatMap((word) => word.match(/--[a-z][a-z-]*/g) ?? [])
  const known = [...command.options.map(({ long }) => long), '--help']
  const unknown = options.find((option) => !known.includes(option))
  return unknown && `${words}: there is no ${unknown}`
}

/** Sections of examples that are no file of Postern's settings. */
const OTHER_YAML = /^(?:apiVersion|kind|metadata|spec|http|services|on|jobs|groups|config|permissions|-)\b/m

describe('the documents for operators', () => {
  it('name only commands and options that there are', () => {
    const faults = pages.flatMap(({ name, text }) =>
      commandsIn(text)
        .map(faultOf)
        .filter((fault) => fault !== undefined)
        .map((fault) => `${name}: ${fault}`),
    )
    expect(faults).toEqual([])
  })

  it('name only variables that are settings', () => {
    const inner = innerSecrets({}).map(({ name }) => variableOf(name))
    const known = new Set([...NO_SETTINGS, ...settingNames.map(variableOf), ...inner])
    const faults = pages.flatMap(({ name, text }) =>
      [...text.matchAll(/POSTERN_[A-Z_]*[A-Z]/g)]
        .map(([variable]) => variable)
        .filter((variable) => !known.has(variable) && !known.has(variable.replace(/_FILE$/, '')))
        .map((variable) => `${name}: ${variable}`),
    )
    expect(faults).toEqual([])
  })
})

describe('the page of moving over', () => {
  const { text = '' } = pages.find(({ name }) => name === 'moving-over.md') ?? {}

  it('has a counterpart for each command of Gafaelfawr, or says why there is none', () => {
    const counterparts = counterpartsIn(text)
    expect(counterparts.length).toBeGreaterThan(15)
    const faults = counterparts.filter(
      (words) => !words.startsWith('npm ') && !/^[A-Za-z]+$/.test(words) && faultOf(words),
    )
    expect(faults.filter((words) => words !== '--help' && words !== '--version')).toEqual([])
  })

  it('sets only settings that there are', () => {
    const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block)
    const names = blocks.filter((block) => !OTHER_YAML.test(block)).flatMap((block) => Object.keys(parse(block)))
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !settingNames.includes(name))).toEqual([])
  })
})

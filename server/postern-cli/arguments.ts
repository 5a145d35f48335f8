import { parseArgs } from 'node:util'
import { EXIT, Failure } from './failure.js'

/** An option: with the name of its value, or a flag without one. */
export interface Option {
  readonly help: string
  readonly value?: string
}

export interface Command {
  readonly help: string
  /** The names of its arguments. */
  readonly needs: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** Whether all that follows is another program's, as after `exec --`. */
  readonly takesProgram?: true
  run(call: Call): Promise<void> | void
}

/** A command with the arguments that it was given. */
export interface Call {
  readonly json: boolean
  readonly site: string | undefined
  /** As many as the command needs; those of the other program for {@link Command.takesProgram}. */
  readonly words: readonly string[]
  has(flag: string): boolean
  /** The values of an option, which may be given more than once. */
  all(option: string): readonly string[]
  last(option: string): string | undefined
}

const DASHED_KEY = /^-[A-Za-z0-9_-]{21}$/

/** Options of every command. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { help: 'print JSON' },
  site: { help: 'the site, where it is not the one of the last sign-in', value: 'SITE' },
}

/** Reads the arguments of a command; undefined where its help is asked for. */
export function readArguments(command: Command, given: readonly string[]): Call | undefined {
  const end = command.takesProgram ? ownWords(command, given) : given.length
  const options = { ...COMMON, ...command.options }
  const { values, positionals } = parse(options, given.slice(0, end))
  if (values.has('help')) return undefined
  const rest = given.slice(end)
  const words = command.takesProgram ? (rest[0] === '--' ? rest.slice(1) : rest) : positionals
  const missing = command.needs.slice(words.length)
  if (missing.length > 0) throw new Failure(EXIT.usage, `Arguments are missing: ${missing.join(' ')}`)
  if (!command.takesProgram && words.length > command.needs.length) {
    throw new Failure(EXIT.usage, `There are too many arguments: ${words.slice(command.needs.length).join(' ')}`)
  }
  const all = (option: string) => values.get(option) ?? []
  return { json: values.has('json'), site: all('site').at(-1), words, has: (flag) => values.has(flag), all, last }

  function last(option: string): string | undefined {
    return all(option).at(-1)
  }
}

/** Moves the keys of tokens that begin with a dash behind `--`: one key in 64 does, and would be read as options. */
function dashedKeysLast(options: Readonly<Record<string, Option>>, given: readonly string[]): readonly string[] {
  if (given.includes('--')) return given
  const isKey = (word: string, at: number) =>
    DASHED_KEY.test(word) && !Object.hasOwn(options, word.slice(2)) && !takesNext(given[at - 1])
  const keys = given.filter(isKey)
  return keys.length === 0 ? given : [...given.filter((word, at) => !isKey(word, at)), '--', ...keys]

  function takesNext(word = ''): boolean {
    return word.startsWith('--') && options[word.slice(2)]?.value !== undefined
  }
}

function parse(options: Readonly<Record<string, Option>>, given: readonly string[]) {
  const named = Object.entries(options).map(
    ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string', multiple: true }] as const,
  )
  const help = { type: 'boolean', short: 'h', multiple: true } as const
  try {
    const read = parseArgs({
      args: [...dashedKeysLast(options, given)],
      options: { ...Object.fromEntries(named), help },
      allowPositionals: true,
    })
    const values = new Map(Object.entries(read.values).map(([name, found]) => [name, (found ?? []).map(String)]))
    return { values, positionals: read.positionals }
  } catch (error) {
    throw new Failure(EXIT.usage, error instanceof Error ? error.message : String(error))
  }
}

/** Counts the words that are options of ours, before the other program's. */
function ownWords(command: Command, given: readonly string[]): number {
  const options = { ...COMMON, ...command.options }
  let count = 0
  for (let word = given[0]; word?.startsWith('-') && word !== '--'; word = given[count]) {
    count += options[word.slice(2)]?.value === undefined ? 1 : 2
  }
  return count
}

import type { Command } from 'commander'
import { isTokenKey } from '../../core/token/token.js'

/**
 * Moves the keys of tokens that begin with a dash behind `--`: one key in 64 does, and would be read as options.
 * In the middle of an incident no operator thinks of `--`.
 */
export function dashedKeysLast(command: Command, args: readonly string[]): readonly string[] {
  if (args.includes('--')) return args
  const options = optionsOf(command)
  const isOption = (word: string) => options.some(({ long, short }) => word === long || word === short)
  const takesNext = (word = '') => options.some(({ long, short, required }) => required && [long, short].includes(word))
  const isKey = (word: string, at: number) =>
    word.startsWith('-') && isTokenKey(word) && !isOption(word) && !takesNext(args[at - 1])
  const keys = args.filter(isKey)
  return keys.length === 0 ? args : [...args.filter((word, at) => !isKey(word, at)), '--', ...keys]
}

/** Lists the options of a command and of those below it. */
function optionsOf(command: Command): Command['options'] {
  return [...command.options, ...command.commands.flatMap(optionsOf)]
}

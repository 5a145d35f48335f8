#!/usr/bin/env node
import { type Command, readArguments } from './arguments.js'
import { COMMANDS } from './commands/index.js'
import { EXIT, Failure } from './failure.js'
import { helpOf, helpOfAll } from './help.js'
import { tell } from './output.js'

/** Finds the command of the first word, or the first two, and the words after it. */
function commandOf(words: readonly string[]): { name: string; command: Command; rest: readonly string[] } | undefined {
  const count = words[0] === 'token' ? 2 : 1
  const name = words.slice(0, count).join(' ')
  const command = COMMANDS.get(name)
  return command && { name, command, rest: words.slice(count) }
}

async function main(words: readonly string[]): Promise<void> {
  const found = commandOf(words)
  if (!found) {
    const asksForHelp = words.some((word) => word === '--help' || word === '-h')
    if (asksForHelp) return void process.stdout.write(`${helpOfAll()}\n`)
    const isUnfinished = words.length === 0 || words.join(' ') === 'token'
    const mistake = isUnfinished ? 'name a command' : `no command: ${words.join(' ')}`
    throw new Failure(EXIT.usage, `${mistake}; see --help`)
  }
  const { name, command, rest } = found
  const call = readArguments(command, rest)
  if (call) await command.run(call)
  else process.stdout.write(`${helpOf(name, command)}\n`)
}

// A reader that has read enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof Failure)) throw error
  tell(`postern-cli: ${error.message}`)
  process.exitCode = error.code
})

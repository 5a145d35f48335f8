import { COMMON, type Command } from './arguments.js'
import { COMMANDS } from './commands/index.js'

const EXIT_CODES = `Exit codes: 0 done; 1 refused by the site; 2 wrong arguments; 3 not signed in, or the token is not valid any more;
4 the site cannot be reached.`

const row = (name: string, help: string) => `  ${name.padEnd(20)} ${help}`

export function helpOfAll(): string {
  const rows = [...COMMANDS].map(([name, { needs, help }]) => row([name, ...needs].join(' '), help))
  const title = 'usage: postern-cli COMMAND …\n\nTokens of a science platform.\n'
  return [title, ...rows, '', EXIT_CODES].join('\n')
}

export function helpOf(name: string, command: Command): string {
  const options = Object.entries({ ...COMMON, ...command.options })
  const rows = options.map(([option, { value, help }]) => row(`--${option}${value ? ` ${value}` : ''}`, help))
  return [`${usageOf(name, command)}\n\n${command.help}\n`, ...rows].join('\n')
}

function usageOf(name: string, command: Command): string {
  const needs = command.takesProgram ? ['-- COMMAND …'] : command.needs
  return ['usage: postern-cli', name, '[OPTIONS]', ...needs].join(' ')
}

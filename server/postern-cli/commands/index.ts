import type { Command } from '../arguments.js'
import { completion } from './completion.js'
import { env, exec } from './environment.js'
import { explain } from './explain.js'
import { login } from './login.js'
import { logout } from './logout.js'
import { netrc } from './netrc.js'
import { TOKEN_COMMANDS } from './token.js'
import { whoami } from './whoami.js'

/** Each command by its words; the help has this order. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['login', login],
  ['logout', logout],
  ['whoami', whoami],
  ...Object.entries(TOKEN_COMMANDS).map(([action, command]): [string, Command] => [`token ${action}`, command]),
  ['env', env],
  ['netrc', netrc],
  ['exec', exec],
  ['explain', explain],
  ['completion', completion],
])

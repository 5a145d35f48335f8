import { spawn } from 'node:child_process'
import { getSystemErrorMap } from 'node:util'
import type { Call, Command } from '../arguments.js'
import { EXIT, Failure, reasonOfError } from '../failure.js'
import { show } from '../output.js'
import { type Session, sessionOf } from '../session.js'
import { quoted } from '../words.js'

/** Signals that end a program in the middle of its work, and that are meant for it. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

export const env: Command = {
  help: 'print lines that put the token into the environment of a shell',
  needs: [],
  options: {},
  run: print,
}

export const exec: Command = {
  help: 'run a program with the token in its environment',
  needs: [],
  options: {},
  takesProgram: true,
  run: execute,
}

function print(asked: Call): void {
  const { set, unset } = environmentOf(sessionOf(asked.site))
  const lines = Object.entries(set).map(([name, value]) => `export ${name}=${quoted(value)}`)
  const removed = unset.filter((name) => name in process.env).map((name) => `unset ${name}`)
  show(asked, set, [...lines, ...removed].join('\n'))
}

interface Environment {
  readonly set: Readonly<Record<string, string>>
  readonly unset: readonly string[]
}

/**
 * What clients read: pyVO recipes, astroquery.mast, and the grid's tools (WLCG bearer token discovery). There BEARER_TOKEN comes
 * before BEARER_TOKEN_FILE, which names a file where there is one, as a token in it may be replaced.
 */
function environmentOf({ token, file }: Session): Environment {
  const set = { ACCESS_TOKEN: token, MAST_API_TOKEN: token }
  if (file === undefined) return { set: { ...set, BEARER_TOKEN: token }, unset: [] }
  return { set: { ...set, BEARER_TOKEN_FILE: file }, unset: ['BEARER_TOKEN'] }
}

async function execute(asked: Call): Promise<void> {
  const session = sessionOf(asked.site)
  const [program, ...words] = asked.words
  if (program === undefined) throw new Failure(EXIT.usage, 'Name a command: exec -- COMMAND …')
  const { set, unset } = environmentOf(session)
  const kept = Object.entries(process.env).filter(([name]) => !unset.includes(name))
  const child = spawn(program, words, { stdio: 'inherit', env: { ...Object.fromEntries(kept), ...set } })
  const forward = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, forward)
  const ended = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal ?? code ?? 0))
  }).catch((error) => {
    throw new Failure(EXIT.usage, `${program}: ${reasonOfError(error, getSystemErrorMap())}`)
  })
  for (const signal of SIGNALS) process.off(signal, forward)
  // As if the program had taken the place of this one.
  if (typeof ended === 'number') process.exitCode = ended
  else process.kill(process.pid, ended)
}

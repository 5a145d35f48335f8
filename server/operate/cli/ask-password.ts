import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { OperatorError } from '../../core/operator-error.js'
import { Secret } from '../../core/token/secret.js'
import type { Terminal } from './terminal.js'

type Streams = Pick<Terminal, 'stdin' | 'stderr'>

/**
 * Reads a new password: the first line of standard input, or typed twice at the terminal without echo. Never an argument of
 * the command line, which every user of the machine can read.
 */
export async function askPassword(streams: Streams, fromStdin: boolean): Promise<Secret> {
  if (fromStdin) return new Secret((await text(streams.stdin)).split(/\r?\n/, 1)[0] ?? '')
  if (!streams.stdin.isTTY)
    throw new OperatorError('There is no terminal to ask for a password.', 'Use --password-stdin.')
  const first = await askHidden(streams, 'Password: ')
  const second = await askHidden(streams, 'Again: ')
  if (first !== second)
    throw new OperatorError('The two passwords are not the same.', 'Nothing was changed; try again.')
  return new Secret(first)
}

async function askHidden({ stdin, stderr }: Streams, prompt: string): Promise<string> {
  stderr.write(prompt)
  const noEcho = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: stdin, output: noEcho, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    stderr.write('\n')
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program that prints its answers as JSON, a line each, and is told by a line to go on. */
export interface Conversation<Answer> {
  hear(): Promise<Answer>
  goOn(): void
  stop(): Promise<void>
}

/** Starts a program to talk to; the kernel ends it when we end. */
export function converse<Answer>(command: readonly string[], env: NodeJS.ProcessEnv): Conversation<Answer> {
  const child = spawn('setpriv', ['--pdeathsig=KILL', ...command], { env: { PATH: process.env.PATH, ...env } })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async hear() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${command.join(' ')} has ended:\n${complaint}`)
      return JSON.parse(value)
    },
    goOn: () => void child.stdin.write('\n'),
    stop: async () => {
      child.stdin.end()
      child.kill('SIGKILL')
      await ended
    },
  }
}

import { spawn } from 'node:child_process'
import { remedyFor } from './remedies.mjs'
import { root, StepFailed, Stopped, say } from './step.mjs'

/** Those with which a user or a service manager ends the set-up. The program must end with it, and not go on alone. */
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program in the project's folder, and prints nothing of it while it goes well.
 *
 * @param {string} sentence names what failed, should it fail
 * @param {string[]} command
 * @param options `doing` is printed with the time so far, now and then, by a program that takes long; `onStart` gets its pid
 * @throws {Stopped} when a signal ended the set-up
 * @throws {StepFailed} with the sentence, the remedy where the cause is known, and what the program printed
 */
export async function run(sentence, [program, ...args], { doing, onStart, everyMs = 15_000, tell = say } = {}) {
  const begun = Date.now()
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  if (child.pid !== undefined) onStart?.(child.pid)
  let endedBy
  const forward = (signal) => {
    endedBy = signal
    child.kill(signal)
  }
  for (const signal of ENDINGS) process.on(signal, forward)
  const alive = () => doing && tell(`${doing} … ${Math.round((Date.now() - begun) / 1000)} s so far`)
  const timer = setInterval(alive, everyMs)
  const { status, signal, output } = await outcomeOf(child)
  clearInterval(timer)
  for (const each of ENDINGS) process.off(each, forward)
  if (endedBy) throw new Stopped(`${sentence} It was stopped (${endedBy}).`)
  if (status === 0) return
  const cause = signal ? `The system ended it (${signal}), as it does when memory runs out.` : remedyFor(output)
  throw new StepFailed(cause ? `${sentence} ${cause}` : sentence, output)
}

/** What a program printed, in its order, and how it ended. */
function outcomeOf(child) {
  const printed = []
  child.stdout.on('data', (data) => printed.push(data))
  child.stderr.on('data', (data) => printed.push(data))
  const text = () => Buffer.concat(printed).toString().trim()
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve({ status: null, signal: null, output: message }))
    child.on('close', (status, signal) => resolve({ status, signal, output: text() }))
  })
}

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The project's folder, wherever it was put. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Ends the set-up: one sentence that names what failed, and what the program that failed printed. */
export class StepFailed extends Error {
  constructor(sentence, output = '') {
    super(sentence)
    this.output = output
  }
}

export function say(line) {
  process.stdout.write(`${line}\n`)
}

/**
 * Runs a program in the project's folder, in silence while it goes well.
 * @throws {StepFailed} with the sentence, and with what the program printed
 */
export function run(sentence, [command, ...args]) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new StepFailed(sentence, `${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`.trim())
}

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

/** The set-up was ended by a signal: no other step may be tried in its place. */
export class Stopped extends StepFailed {}

export function say(line) {
  process.stdout.write(`${line}\n`)
}

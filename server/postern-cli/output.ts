import type { Call } from './arguments.js'

/** Prints what a command found: as JSON where it is asked for, else in words. */
export function show({ json }: Pick<Call, 'json'>, value: unknown, words: string): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : words}\n`)
}

/** Tells the user what is not the command's output. */
export function tell(words: string): void {
  process.stderr.write(`${words}\n`)
}

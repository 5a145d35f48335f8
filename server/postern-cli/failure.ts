/** The exit codes besides 0, which scripts can use; `postern.py` has the same. */
export const EXIT = { refused: 1, usage: 2, notSignedIn: 3, unreachable: 4 } as const

/** An end with a sentence and an exit code. */
export class Failure extends Error {
  constructor(
    readonly code: number,
    sentence: string,
  ) {
    super(sentence)
  }
}

/** Returns the reason of an error of the system, in its words: `No such file or directory`. */
export function reasonOfError(error: unknown, messages: ReadonlyMap<number, readonly [string, string]>): string {
  if (!(error instanceof Error)) return String(error)
  const number = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0
  const words = messages.get(number)?.[1]
  if (words !== undefined) return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
  return error.message || ('code' in error ? String(error.code) : error.name)
}

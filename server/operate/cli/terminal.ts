import type { Readable, Writable } from 'node:stream'

/** What a command is given by its caller: the words after `postern`, the environment, and the standard streams. */
export interface Terminal {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

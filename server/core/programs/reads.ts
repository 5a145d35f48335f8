import { redactUrl } from '../redact.js'
import { DAY, type EpochSeconds } from '../time.js'

/** Requests of a user for one file of a program, on one day by UTC. */
export interface ProgramRead {
  readonly program: string
  readonly username: string
  /** As {@link storedFile}; {@link OTHER_FILES} for those that are not told apart. */
  readonly file: string
  readonly first: EpochSeconds
  readonly last: EpochSeconds
  readonly count: number
}

/** Stands for the files beyond the number that is told apart. */
export const OTHER_FILES = ''

/** How many files of a program are told apart, for each user on each day. */
export const FILES_PER_DAY = 500

const MAX_FILE_LENGTH = 300

/**
 * Returns the path of a file, or the value of a parameter that names one, as it is stored: printable ASCII without secrets. Of a
 * long one the end stays, where the file's own name is.
 */
export function storedFile(text: string): string {
  const plain = redactUrl(text).replace(/[^!-~]/gu, (character) =>
    /\p{Cs}/u.test(character) ? '?' : encodeURIComponent(character),
  )
  return plain.length > MAX_FILE_LENGTH ? `...${plain.slice(3 - MAX_FILE_LENGTH)}` : plain
}

/** An admitted request for a file of programs that are not public. */
export interface AdmittedRead {
  readonly programs: readonly string[]
  readonly username: string
  readonly file: string
}

type Pending = { -readonly [K in keyof ProgramRead]: ProgramRead[K] }

/** Counts admitted requests in memory until they are written: those of one file, user and day are one entry. */
export class ProgramReads {
  #pending = new Map<string, Pending>()
  #lost = 0

  /** @param most entries with a file; as many more count without one, and the requests after that are lost */
  constructor(readonly most = 10_000) {}

  add({ programs, username, file }: AdmittedRead, at: EpochSeconds): void {
    for (const program of programs) {
      const entry = this.#entryOf(program, username, file, at)
      if (!entry) continue
      entry.count++
      entry.first = Math.min(entry.first, at)
      entry.last = Math.max(entry.last, at)
    }
  }

  /** Returns what was counted since it was last called, and begins again from zero. */
  take(): { readonly reads: readonly ProgramRead[]; readonly lost: number } {
    const taken = { reads: [...this.#pending.values()], lost: this.#lost }
    this.#pending = new Map()
    this.#lost = 0
    return taken
  }

  /** Attack: a client that asks for a new file in each request, while the database does not answer, fills the memory. */
  #entryOf(program: string, username: string, file: string, at: EpochSeconds): Pending | undefined {
    const name = `${program} ${username} ${Math.floor(at / DAY)} ${file}`
    const known = this.#pending.get(name)
    if (known) return known
    const { size } = this.#pending
    if (size >= this.most && file !== OTHER_FILES) return this.#entryOf(program, username, OTHER_FILES, at)
    if (size >= 2 * this.most) {
      this.#lost++
      return undefined
    }
    const entry = { program, username, file, first: at, last: at, count: 0 }
    this.#pending.set(name, entry)
    return entry
  }
}

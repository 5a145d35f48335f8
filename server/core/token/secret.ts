import { timingSafeEqual } from 'node:crypto'
/**
 * A text that must never be printed. Logs, JSON, template strings and inspectors see only `[secret]`. Code that needs the
 * text calls {@link reveal}, which is easy to search for.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

/** Compares two texts without telling by the time it takes how much of a guess was right; only its length shows. */
export function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

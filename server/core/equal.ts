import { timingSafeEqual } from 'node:crypto'

/** Compares two texts without telling by the time it takes how much of a guess was right; only its length shows. */
export function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

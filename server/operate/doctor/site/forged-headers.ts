import { IDENTITY_HEADERS } from '../../../core/access/arrival.js'

type Names = (name: string) => boolean

export const PLAIN: Names = (name) => !name.includes('_')
/** For a request of their own, which a proxy may refuse as a whole. */
export const UNDERSCORED: Names = (name) => name.includes('_')

/** Returns identity headers with a value for each, by which an answer shows which of them came through. */
export function forgedHeaders(mark: string, names: Names): Record<string, string> {
  return Object.fromEntries(
    IDENTITY_HEADERS.map((name, n) => [name, markFor(mark, n)] as const).filter(([name]) => names(name)),
  )
}

/** Returns the names of the forged headers whose values a text shows. */
export function forgedIn(text: string, mark: string): string[] {
  return IDENTITY_HEADERS.filter((_name, n) => text.includes(markFor(mark, n)))
}

function markFor(mark: string, n: number): string {
  return `${mark}-${n}.`
}

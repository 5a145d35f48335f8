import { isGroupName, isPosixId, isUsername, MAX_POSIX_ID } from '../people/identifiers.js'

/** The columns of the file, which its first line names. */
export const NUMBER_COLUMNS = ['kind', 'name', 'id'] as const

export type NumberRow = Readonly<Partial<Record<(typeof NUMBER_COLUMNS)[number], string>>>

/** A UID of a user, or a GID of a group. Firestore keeps service accounts (`bot-…`) among the users. */
export interface AssignedNumber {
  readonly kind: 'user' | 'group'
  readonly name: string
  readonly id: number
}

/** What a site has of one kind: the numbers by name, and the names by number. */
export interface KnownNumbers {
  readonly idOf: ReadonlyMap<string, number>
  readonly nameOf: ReadonlyMap<number, string>
}

const TEXT_SHOWN = 70

/**
 * Reads a row; a text says why it cannot be taken. Gafaelfawr's ranges (service accounts from 100000, groups from 2000000,
 * users from 3000000) are not asked for: sites put numbers of their own into Firestore before it counted.
 */
export function readNumberRow({ kind, name = '', id = '' }: NumberRow): AssignedNumber | string {
  if (kind !== 'user' && kind !== 'group') return `the kind is "${shown(kind ?? '')}", and not user or group`
  const isName = kind === 'user' ? isUsername : isGroupName
  if (!isName(name)) return `"${shown(name)}" is no ${kind === 'user' ? 'user' : 'group'} name`
  const number = Number(id)
  if (!/^\d{1,10}$/.test(id) || !isPosixId(number)) return `"${shown(id)}" is not a number from 1 to ${MAX_POSIX_ID}`
  return { kind, name, id: number }
}

/** Whether a number is new here, or already there; a text says why it is refused. A number that stands is never changed. */
export function compareNumber(
  { kind, name, id }: AssignedNumber,
  known: KnownNumbers,
): 'new' | 'known' | { why: string } {
  const label = kind === 'user' ? 'UID' : 'GID'
  const [number, other] = [known.idOf.get(name), known.nameOf.get(id)]
  if (number === id) return 'known'
  if (number !== undefined) return { why: `${kind} ${name} has ${label} ${number}, not ${id}` }
  if (other !== undefined) return { why: `${label} ${id} belongs to ${kind} ${other}, not ${name}` }
  return 'new'
}

function shown(text: string): string {
  return text.slice(0, TEXT_SHOWN)
}

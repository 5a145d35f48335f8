import type { Entry } from 'ldapts'
import { isEmail } from '../../core/people/email.js'
import { isGroupName, isPosixId } from '../../core/people/identifiers.js'
import type { Group } from '../../core/token/record.js'
import { LdapEntryError } from '../unavailable.js'

const CONTROL = /\p{Cc}+/gu
const MAX_TEXT_LENGTH = 256

/** Returns the text values of an attribute. RFC 4512 §2.5: its name is case-insensitive. */
export function valuesOf(entry: Entry, attribute: string): string[] {
  const name = Object.keys(entry).find((each) => each.toLowerCase() === attribute.toLowerCase())
  const values = name === undefined ? [] : [entry[name] ?? []].flat()
  return values.filter((each) => typeof each === 'string')
}

/** Returns the first value, as Gafaelfawr does; undefined for an attribute that is not configured. */
export function firstOf(entry: Entry, attribute: string | null): string | undefined {
  return attribute === null ? undefined : valuesOf(entry, attribute)[0]
}

/** Returns a text for display: one line, and no longer than a list can show. */
export function textOf(entry: Entry, attribute: string | null): string | undefined {
  return firstOf(entry, attribute)?.replace(CONTROL, ' ').trim().slice(0, MAX_TEXT_LENGTH) || undefined
}

export function emailOf(entry: Entry, attribute: string | null): string | undefined {
  const email = firstOf(entry, attribute)
  return email !== undefined && isEmail(email) ? email : undefined
}

/**
 * Parses a UID or GID, if there is one.
 *
 * @throws LdapEntryError when it is no valid id: file services would take it for another user's, or root's
 */
export function idOf(entry: Entry, attribute: string | null): number | undefined {
  const text = firstOf(entry, attribute)
  if (text === undefined) return undefined
  const id = toId(text)
  if (id === undefined) throw new LdapEntryError(`${entry.dn}: ${attribute} is "${text.slice(0, 20)}"`)
  return id
}

/** A group entry that cannot be used. It is no `Refusal`: no client gets it, only the log. */
export class UnusableGroup {
  constructor(
    readonly name: string | undefined,
    readonly cause: string,
  ) {}
}

/** Parses a group. */
export function groupOf(entry: Entry): Group | UnusableGroup {
  const name = firstOf(entry, 'cn')
  const id = toId(firstOf(entry, 'gidNumber') ?? '')
  if (name === undefined || !isGroupName(name))
    return new UnusableGroup(name, 'its name is none that a group can have here')
  return id === undefined ? new UnusableGroup(name, 'it has no usable gidNumber') : { name, id }
}

function toId(text: string): number | undefined {
  const id = Number(text)
  return /^\d{1,10}$/.test(text) && isPosixId(id) ? id : undefined
}

/*
 * The forms of names. They are Gafaelfawr's (its `models/` and DMTN-225), so that names pass between the two.
 */

/** Lowercase letters, digits and single inner dashes, at least one letter, 1 to 64 characters. */
const USERNAME = /^(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/
/** {@link isUsername} as a pattern without look-ahead, which every reader of a document knows. */
export const USERNAME_PATTERN = '^(?:[0-9]+-)*[0-9]*[a-z](?:-?[a-z0-9])*$'
const GROUP = /^(?:[a-zA-Z]|[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z])[a-zA-Z0-9._-]*$/

export const MAXIMUM_NAME_LENGTH = 64

/**
 * The largest UID or GID. PostgreSQL's `integer` columns end there, and so do file services that read ids as signed; the
 * ranges that identity services assign lie below it. ((uid_t) -1 and its neighbour, above it, mean "no user".)
 */
export const MAX_POSIX_ID = 2 ** 31 - 1

/** Returns whether a number can be a UID or GID: 1 to {@link MAX_POSIX_ID}. 0 is root, which no provider may claim. */
export function isPosixId(id: number): boolean {
  return Number.isInteger(id) && id >= 1 && id <= MAX_POSIX_ID
}

export function isUsername(text: string): boolean {
  return text.length <= MAXIMUM_NAME_LENGTH && USERNAME.test(text)
}

/** Service accounts cannot be mistaken for people: Gafaelfawr's rule for their names. */
const BOT = /^bot-[a-z0-9](?:[a-z0-9]|-[a-z0-9])*$/

/** Returns whether a service account may have this name. */
export function isServiceName(username: string): boolean {
  return isUsername(username) && BOT.test(username)
}

/** Letters, digits, dot, dash and underscore, at least one letter. */
export function isGroupName(text: string): boolean {
  return text.length <= MAXIMUM_NAME_LENGTH && GROUP.test(text)
}

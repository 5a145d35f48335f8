import { MAXIMUM_NAME_LENGTH } from '../../people/identifiers.js'
import type { ReadHash } from './hash-row.js'

const MARK_LENGTH = 8

/**
 * Gives a token of a table another name where its owner has one of the same name in the table: hundreds do where a program named them.
 * The name has the beginning of the key, so that it is the same at every import.
 *
 * @param taken the names so far, with their owners; the name that is returned is added
 */
export function distinctName(token: ReadHash, taken: Set<string>): ReadHash {
  const { username, name, key } = token.record
  if (name === undefined) return token
  const isTaken = taken.has(`${username} ${name}`)
  const mark = ` ${key.slice(0, MARK_LENGTH)}`
  const distinct = isTaken ? [...name].slice(0, MAXIMUM_NAME_LENGTH - mark.length).join('') + mark : name
  taken.add(`${username} ${distinct}`)
  return isTaken ? { ...token, record: { ...token.record, name: distinct } } : token
}

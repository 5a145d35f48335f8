import { dictionary } from '@zxcvbn-ts/language-common'

let list: ReadonlySet<string> | undefined

/** Returns whether a password, in lower case, is among some 49,000 common and breached ones. It asks no network. */
export function isCommonPassword(lowerCase: string): boolean {
  list ??= new Set(dictionary['passwords-common'])
  return list.has(lowerCase)
}

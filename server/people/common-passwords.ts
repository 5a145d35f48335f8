import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
let list: ReadonlySet<string> | undefined

/** Returns whether a password, in lower case, is among some 49,000 common and breached ones. It asks no network. */
export function isCommonPassword(lowerCase: string): boolean {
  list ??= new Set(readList())
  return list.has(lowerCase)
}

/** At the first new password: the list takes 10 MB, and most processes are asked for none. */
function readList(): readonly string[] {
  const { dictionary }: typeof import('@zxcvbn-ts/language-common') = load('@zxcvbn-ts/language-common')
  return dictionary['passwords-common']
}

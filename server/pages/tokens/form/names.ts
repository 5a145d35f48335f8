import { cleanTokenName } from '../../../core/people/token-name.js'

/** Returns the name, or the first of `name-2`, `name-3` … that none of the user's tokens has. */
export function freeName(name: string, taken: readonly string[]): string {
  const wanted = cleanTokenName(name)
  if (wanted === '' || !taken.includes(wanted)) return wanted
  const stem = wanted.replace(/-\d{1,3}$/, '')
  for (let number = 2; ; number++) {
    const next = `${[...stem].slice(0, 58).join('')}-${number}`
    if (!taken.includes(next)) return next
  }
}

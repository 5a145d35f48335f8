/**
 * Whether an object has all that is wanted of it. What it has besides does not count: the API server fills in defaults, and
 * other programs have labels and annotations there.
 */
export function covers(standing: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(standing) &&
      standing.length === wanted.length &&
      wanted.every((each, index) => covers(standing[index], each))
    )
  }
  if (typeof wanted !== 'object' || wanted === null) return standing === wanted
  if (typeof standing !== 'object' || standing === null) return false
  const has = new Map<string, unknown>(Object.entries(standing))
  return Object.entries(wanted).every(([field, value]) => covers(has.get(field), value))
}

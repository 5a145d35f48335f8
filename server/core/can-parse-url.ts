/**
 * Returns whether a text is a URL.
 *
 * Not `URL.canParse`: once it is optimized, Node 20 reads texts of Latin-1 as UTF-8 there, so that after some thousand calls
 * it refuses what `new URL` takes, and may take what `new URL` throws at.
 */
export function canParseUrl(text: string, base?: string): boolean {
  try {
    new URL(text, base)
    return true
  } catch {
    return false
  }
}

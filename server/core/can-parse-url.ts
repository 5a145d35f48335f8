/**
 * Returns whether a text is a URL.
 *
 * Not `URL.canParse`: once it is optimized, Node 20 reads texts of Latin-1 as UTF-8 there, so that after some thousand calls
 * it refuses what `new URL` takes, and may take what `new URL` throws at.
 */
export function canParseUrl(text: string, base?: string): boolean {
  return parsedUrl(text, base) !== undefined
}

/** Parses a URL; undefined where a text is none. */
export function parsedUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/** Quotes a text as one word for a shell. */
export function shellWord(word: string): string {
  return /^[\w:/.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Quotes a text as one word for PowerShell. */
export function powershellWord(word: string): string {
  return `'${word.replaceAll("'", "''")}'`
}

/** Quotes a text for Python, R and Julia: they read strings as JSON has them, but for the `$` of Julia. */
export function literal(word: string): string {
  return JSON.stringify(word)
}

/** Quotes a text for Julia, which fills in `$name`. */
export function juliaLiteral(word: string): string {
  return literal(word).replaceAll('$', '\\$')
}

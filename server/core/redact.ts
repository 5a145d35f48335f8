/*
 * Secrets that clients write where none belongs: into a User-Agent, a path, the name of a token. They are redacted before
 * they are stored or logged. The patterns match no quotation mark and no backslash, so that a line of JSON stays JSON.
 */

const SECRET = '[secret]'

/** Each pattern keeps its first group, which says what was there: a token's public key, a scheme, a parameter's name. */
const PATTERNS: readonly RegExp[] = [
  // Our tokens, also too long or cut off.
  /(gt-[A-Za-z0-9_-]{16,64}\.)[A-Za-z0-9_-]{8,}/g,
  // JSON Web Tokens (RFC 7519), and GitHub's tokens.
  /\b(eyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*/g,
  /\b(gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}/g,
  // As in an Authorization header.
  /\b((?:bearer|basic|digest)[ +:=]{1,3})[^\s"\\,;&]{6,}/gi,
  // As in a query, a form or a header.
  /\b((?:access_?token|refresh_?token|id_?token|client_?secret|api_?key|password|passwd|secret|token)[=:] ?)[^\s"\\,;&]{6,}/gi,
  // In the authority of a URL (RFC 3986 §3.2.1).
  /(:\/\/[^\s"\\/:@]{0,64}:)[^\s"\\/@]{1,128}(?=@)/g,
]

/** Every pattern needs one of these. Most texts have none, and are spared six searches. */
const MARKS =
  /gt-|eyJ|gh[pousr]_|github_pat_|:\/\/|(?:bearer|basic|digest)[ +:=]|(?:key|password|passwd|secret|token)[=:]/i

/** Replaces secrets in a text by `[secret]`. */
export function redact(text: string): string {
  if (!MARKS.test(text)) return text
  return PATTERNS.reduce((left, pattern) => left.replace(pattern, `$1${SECRET}`), text)
}

/**
 * Redacts a URL or a part of one; it is returned decoded where its encoding hid a secret. Proxies encode once, and some
 * clients once more.
 */
export function redactUrl(url: string): string {
  // Most texts have nothing to decode, and are searched once.
  if (!url.includes('%')) return redact(url)
  const once = decode(url)
  for (const spelt of new Set([once, decode(once), url])) {
    const redacted = redact(spelt)
    if (redacted !== spelt) return redacted
  }
  return url
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

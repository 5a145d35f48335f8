/** Finds the program in a path or in a parameter, or nothing: see `programs.pattern` and `programs.parameters`. */
export type FindsProgram = (text: string) => string | undefined

/** No file of an archive is that deep. */
const MAX_PATH_LENGTH = 2000

/** RFC 3986's `pchar` without the semicolon, and the slash. */
const PLAIN = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/
/** Encoded: what would be a separator, a parameter, an encoding of its own or a control character when it is decoded. */
const TRICKY_ENCODING = /%(?:2[fF]|5[cC]|25|3[bBfF]|23|7[fF]|[01][0-9A-Fa-f])/
/** Empty segments and those of dots, wherever they are. */
const TRICKY_SEGMENT = /\/\/|\/\.{1,2}(?:\/|$)/

/**
 * Returns a URL's decoded path; undefined when two programs could read it differently.
 *
 * The check reads the observing program from the path, and the service reads the file from it.
 *
 * Attack: a client that may read program 1 asks for `/data/1/../2/secret`, `/data/1/%2e%2e/2/secret`,
 * `/data/1/..;/2/secret`, `/data/1%2f..%2f2/secret` or `//data/1/data/2/secret`. A proxy or service that resolves dots,
 * decodes twice, drops parameters or merges slashes then serves a file of program 2. None of these is resolved here; all
 * are refused.
 *
 * @param url absolute, the path as the client spelt it
 */
export function plainPath(url: string): string | undefined {
  const spelt = /^[a-z]+:\/\/[^/?#]*(\/[^?]*)/i.exec(url)?.[1]
  if (spelt === undefined || spelt.length > MAX_PATH_LENGTH || !PLAIN.test(spelt) || TRICKY_ENCODING.test(spelt))
    return undefined
  try {
    const path = decodeURIComponent(spelt)
    return TRICKY_SEGMENT.test(path) ? undefined : path
  } catch {
    // Bytes that are no UTF-8: lenient decoders take some of them for a dot or a slash.
    return undefined
  }
}

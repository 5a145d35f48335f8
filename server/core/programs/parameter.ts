/** No address of a file is that long. */
const MAX_QUERY_LENGTH = 2000

/**
 * What a query may be made of. Without the semicolon, which some services take for the ampersand; without the question mark
 * and the number sign, at which some begin or end it; and encoded only so that decoding gives one character of ASCII, or the
 * bytes of another.
 */
const PLAIN = /^(?:[A-Za-z0-9\-._~!$'()*+,=:@/&[\]]|%[0-9A-Fa-f]{2})*$/
/** Encoded: what would separate parameters, be decoded once more, or end the text, for a service that decodes too early. */
const TRICKY_ENCODING = /%(?:26|3[bBdDfF]|23|25|2[bB]|5[cC]|7[fF]|[01][0-9A-Fa-f])/
/** What a name may be made of, so that every service reads the same one. PHP reads a space or a bracket as something else. */
const NAME = /^[A-Za-z0-9_.-]*$/
/** A value that names a file, decoded: neither a space nor a plus sign, of which one is the other to some. */
const VALUE = /^[A-Za-z0-9\-._~!$'()*,:@/]+$/
/** Segments of dots, and empty ones, at any separator. */
const TRICKY_SEGMENT = /\/\/|(?:^|[/:])\.{1,2}(?:[/:]|$)/

/**
 * Returns the decoded value of a parameter of a URL's query; undefined when two programs could read it differently.
 *
 * The check reads the observing program from it, and the service reads the file.
 *
 * Attack: a client that may read program 1 asks for `?uri=1/x&uri=2/y`, `?uri=1/x&URI=2/y`, `?uri=1/x;uri=2/y`,
 * `?uri=1/x&%75ri=2/y`, `?uri[]=2/y&uri=1/x`, `?a=1%26uri=2/y&uri=1/x` or `?uri=1/../2/y`. A service that takes the first or
 * the last of two, ignores case, splits at semicolons, decodes first or resolves dots then serves a file of program 2. None
 * of these is resolved here; all are refused.
 *
 * @param url absolute, the query as the client spelt it
 * @param name the parameter that the service reads
 */
export function plainParameter(url: string, name: string): string | undefined {
  const start = url.indexOf('?')
  const query = start < 0 ? '' : url.slice(start + 1)
  if (query.length > MAX_QUERY_LENGTH || !PLAIN.test(query) || TRICKY_ENCODING.test(query)) return undefined
  const pairs = query.split('&').map(splitPair)
  if (!pairs.every(([each]) => NAME.test(each))) return undefined
  const [only, ...others] = pairs.filter(([each]) => looseName(each) === looseName(name))
  if (only?.[0] !== name || others.length > 0) return undefined
  return plainValue(only[1])
}

function splitPair(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf('=')
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
}

/** A name as the most lenient of services reads it: without regard to case, and PHP reads a dot as an underscore. */
function looseName(name: string): string {
  return name.toLowerCase().replaceAll(/[.-]/g, '_')
}

function plainValue(spelt: string): string | undefined {
  try {
    const value = decodeURIComponent(spelt)
    return VALUE.test(value) && !TRICKY_SEGMENT.test(value) ? value : undefined
  } catch {
    // Bytes that are no UTF-8: lenient decoders take some of them for a dot or a slash.
    return undefined
  }
}

import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { ReadRow } from '../programs/load.js'

/** One JSON value a line: https://github.com/ndjson/ndjson-spec */
export const NDJSON = 'application/x-ndjson'

/** In characters. Without a limit, text that never ends a line would be searched for its end again and again. */
const MAX_LINE_LENGTH = 256 * 1024

/** Thrown for a body above the limit. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
  /** For the error handler, as body parsers have it. */
  readonly status = 413
}

/**
 * Yields the rows of an NDJSON body as they arrive; skips empty lines, but counts them.
 *
 * @param maxBytes of the body
 * @throws BodyTooLarge
 */
export async function* readRows(body: Readable, maxBytes: number): AsyncGenerator<ReadRow> {
  let line = 0
  for await (const text of linesOf(body, maxBytes)) {
    line += 1
    if (text.length > MAX_LINE_LENGTH) {
      yield { line, field: '', message: `is longer than ${MAX_LINE_LENGTH} characters` }
      return
    }
    if (text.trim() !== '') yield read(text, line)
  }
}

function read(text: string, line: number): ReadRow {
  try {
    return { line, value: JSON.parse(text) as unknown }
  } catch {
    return { line, field: '', message: 'is not JSON' }
  }
}

/**
 * Yields lines; of a line longer than {@link MAX_LINE_LENGTH} the received part, as the last one. Not split2, whose
 * `maxLength` fails the stream without the number of the line that a caller has to mend.
 */
async function* linesOf(body: Readable, maxBytes: number): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let bytes = 0
  let rest = ''
  // A reader that stops early still sends a response; destroying the body would close the connection.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new BodyTooLarge()
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length > MAX_LINE_LENGTH) return yield rest
  }
  yield rest + decoder.end()
}

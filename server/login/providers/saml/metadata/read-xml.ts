import { TextDecoder } from 'node:util'
import type { SaxesTagNS } from 'saxes'
import { AnswerFault } from '../failure.js'

/** Takes what a document has, in its order. Comments are left out, and CDATA is text. */
export interface XmlReader {
  start(tag: SaxesTagNS): void
  text(text: string): void
  instruction(target: string, body: string): void
  end(): void
}

/** Pieces of a document, from the network or a file. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** eduGAIN's have a fifth of it. */
export const MAX_BYTES = 500_000_000

/** Loaded with the first sign-in: most sites have no SAML. */
const load = () => import('saxes')

/**
 * Reads a document in UTF-8 piece by piece. Other requests are served between two pieces.
 *
 * @throws AnswerFault for what is no XML, or has a document type
 */
export async function readXml(pieces: Pieces, reader: XmlReader): Promise<void> {
  const { SaxesParser } = await load()
  const parser = new SaxesParser({ xmlns: true, position: false })
  parser.on('error', () => fail('the metadata are no XML'))
  parser.on('doctype', () => fail('the metadata have a document type'))
  parser.on('opentag', (tag) => reader.start(tag))
  parser.on('closetag', () => reader.end())
  parser.on('text', (text) => reader.text(text))
  parser.on('cdata', (text) => reader.text(text))
  parser.on('processinginstruction', ({ target, body }) => reader.instruction(target, body))
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let size = 0
  for await (const piece of pieces) {
    size += piece.byteLength
    if (size > MAX_BYTES) fail('the metadata are too large')
    parser.write(decoded(decoder, piece))
  }
  parser.write(decoded(decoder)).close()
}

/** Decodes a piece, or what is left after the last one. */
function decoded(decoder: TextDecoder, piece?: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined })
  } catch {
    return fail('the metadata are not in UTF-8')
  }
}

function fail(cause: string): never {
  throw new AnswerFault(cause)
}

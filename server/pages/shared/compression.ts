import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Request, Response } from 'express'

/** The codings of `Accept-Encoding` that we have, the better first. */
const CODINGS = ['br', 'gzip'] as const
export type Coding = (typeof CODINGS)[number]

/** A shorter document fits into the first packets anyway. */
const MIN_BYTES = 1024

/** For a file that is compressed once, and for a document that a reader waits for. */
const LEVELS = { once: { br: 11, gzip: 9 }, waiting: { br: 4, gzip: 6 } } as const

const compressors = { br: promisify(brotliCompress), gzip: promisify(gzip) }

/** Returns the best coding that a browser takes; browsers name them in no order. */
export function codingOf(request: Pick<Request, 'acceptsEncodings'>): Coding | undefined {
  return CODINGS.find((coding) => request.acceptsEncodings(coding) === coding)
}

export function encode(coding: Coding, body: Buffer, effort: keyof typeof LEVELS): Promise<Buffer> {
  const level = LEVELS[effort][coding]
  if (coding === 'gzip') return compressors.gzip(body, { level })
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants
  return compressors.br(body, { params: { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: body.length } })
}

/** What decides whether a document may be compressed. */
export interface Document {
  readonly bytes: number
  /** Whether a token or a client's secret is in it. */
  readonly showsSecret: boolean
  /** Whether it is a user's: others have no CSRF token. */
  readonly isPersonal: boolean
  /** `Sec-Fetch-Site`: whose page led here. Browsers before 2023 do not say, nor do they where the connection is no secret. */
  readonly ledFrom: string | undefined
}

/**
 * Whether a document may be compressed.
 *
 * Attack (BREACH): a page of the attacker opens one of ours again and again, with a guess in its address, such as
 * `/auth/tokens/new?name=csrf" value="a`. The guess is repeated in the document, beside the CSRF token of every form, and
 * where it is right the document compresses better. The attacker, who sees the length of the encrypted response, has
 * the next letter of the token. So a document that the page of another site led to, or may have led to, is sent as it
 * is: an attacker who chooses the text never sees a compressed length. What another site sends by form is refused
 * before (`login/browser/cross-site-guard.ts`).
 *
 * A secret that is shown once is in one document alone, the answer to a form of ours: there is no second length to compare
 * with. It is sent as it is to a browser that does not say that the form was ours.
 */
export function mayCompress({ bytes, showsSecret, isPersonal, ledFrom }: Document): boolean {
  if (bytes < MIN_BYTES) return false
  if (showsSecret) return ledFrom === 'same-origin'
  return !isPersonal || ledFrom === 'same-origin' || ledFrom === 'none'
}

/** Sends a document, compressed where it may be. */
export async function sendDocument(
  response: Response,
  text: string,
  facts: Pick<Document, 'showsSecret' | 'isPersonal'>,
): Promise<void> {
  const { req: request } = response
  const body = Buffer.from(text)
  const coding = mayCompress({ ...facts, bytes: body.length, ledFrom: request.get('sec-fetch-site') })
    ? codingOf(request)
    : undefined
  if (coding) response.set('Content-Encoding', coding)
  response.send(coding ? await encode(coding, body, 'waiting') : body)
}

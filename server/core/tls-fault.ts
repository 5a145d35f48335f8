import { withCauses } from './error-causes.js'

/** Why a TLS connection to a server was not made. */
export type TlsFault = 'untrusted' | 'other_name' | 'out_of_date' | 'no_tls'

/** By the sentences of OpenSSL, Node and pg, because some drivers pass on the sentence alone. */
const SENTENCES: readonly [TlsFault, RegExp][] = [
  ['untrusted', /self.signed certificate|unable to (?:get|verify) (?:the |local )?(?:first|issuer|leaf)/],
  ['other_name', /does not match certificate/],
  ['out_of_date', /certificate has expired|certificate is not yet valid/],
  ['no_tls', /server does not support SSL connections|wrong version number|packet length too long/],
]

/** Recognises a fault of TLS at any depth of an error; undefined for any other error. */
export function tlsFaultOf(error: unknown): TlsFault | undefined {
  const messages = withCauses(error).map(({ message }) => String(message))
  return SENTENCES.find(([, sentence]) => messages.some((message) => sentence.test(message)))?.[0]
}

/** What the operator is told of the server. */
export const TLS_FAULTS: Readonly<Record<TlsFault, string>> = {
  untrusted: 'has a certificate of an authority that is not trusted here',
  other_name: 'has a certificate for another name',
  out_of_date: 'has a certificate that has expired or is not valid yet',
  no_tls: 'does not speak TLS',
}

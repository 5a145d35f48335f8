import { type ErrorLink, withCauses } from './error-causes.js'

/** Why a server was not reached. */
export interface NetworkFault {
  readonly kind: 'timeout' | 'unreachable'
  /** For the log; it names no address. */
  readonly cause: string
}

/** Recognises an error of `fetch` on the way to a server, at any depth; undefined for any other error. */
export function networkFaultOf(error: unknown): NetworkFault | undefined {
  const chain = withCauses(error)
  if (chain.some(isTimeout)) return { kind: 'timeout', cause: 'no answer in time' }
  const failed = chain.find(({ message }) => message === 'fetch failed')
  if (!failed) return undefined
  const { code } = (failed.cause ?? {}) as ErrorLink
  return { kind: 'unreachable', cause: `no connection (${code ?? 'unknown'})` }
}

const isTimeout = ({ name, code }: ErrorLink) => name === 'TimeoutError' || code === 'ERR_JWKS_TIMEOUT'

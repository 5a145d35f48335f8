import { SignInFailure } from '../failure.js'

/** What went wrong on the way to a provider, whichever it is; nothing when it was not the way. */
export function networkFailure(error: unknown): SignInFailure | undefined {
  const chain = causesOf(error)
  if (chain.some(isTimeout)) return new SignInFailure('provider_timeout', 'no answer in time')
  const cut = chain.findIndex(({ message }) => message === 'fetch failed')
  if (cut < 0) return undefined
  return new SignInFailure('provider_unreachable', `no connection (${chain[cut + 1]?.code ?? 'unknown'})`)
}

interface Link {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
}

const isTimeout = ({ name, code }: Link) => name === 'TimeoutError' || code === 'ERR_JWKS_TIMEOUT'

/** An error and what caused it, the first cause last. `fetch` throws errors of Node's own, of which only the form is known. */
function causesOf(error: unknown): Link[] {
  if (typeof error !== 'object' || error === null) return []
  return [error, ...causesOf((error as { cause?: unknown }).cause)]
}

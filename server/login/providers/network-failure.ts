import { type ErrorLink, withCauses } from '../../core/error-causes.js'
import { SignInFailure } from '../failure.js'

/** Explains an error on the way to a provider; undefined if the error is of another kind. */
export function networkFailure(error: unknown): SignInFailure | undefined {
  const chain = withCauses(error)
  if (chain.some(isTimeout)) return new SignInFailure('provider_timeout', 'no answer in time')
  const failed = chain.find(({ message }) => message === 'fetch failed')
  if (!failed) return undefined
  const { code } = (failed.cause ?? {}) as ErrorLink
  return new SignInFailure('provider_unreachable', `no connection (${code ?? 'unknown'})`)
}

const isTimeout = ({ name, code }: ErrorLink) => name === 'TimeoutError' || code === 'ERR_JWKS_TIMEOUT'

import { networkFaultOf } from '../../core/network-fault.js'
import { SignInFailure } from '../failure.js'

/** Explains an error on the way to a provider; undefined if the error is of another kind. */
export function networkFailure(error: unknown): SignInFailure | undefined {
  const fault = networkFaultOf(error)
  if (!fault) return undefined
  return new SignInFailure(fault.kind === 'timeout' ? 'provider_timeout' : 'provider_unreachable', fault.cause)
}

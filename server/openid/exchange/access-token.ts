import { actorOf } from '../../authn/actor.js'
import { Refusal } from '../../core/access/refusal.js'
import { isAtAddress } from '../../core/access/restriction.js'
import { attenuate } from '../../core/openid/attenuation.js'
import { ExchangeFault } from '../../core/openid/exchange.js'
import { mintToken, parseToken } from '../../core/token/token.js'
import { authenticate } from '../../tokens/authenticate.js'
import { insertChild } from '../../tokens/insert-child.js'
import type { ExchangeContext, Exchanger } from './exchanger.js'
import { ExchangeLimiter } from './limiter.js'
import { findServices } from './targets.js'

const NOT_VALID = new ExchangeFault('invalid_request', 'subject_token is not valid')

/**
 * Exchanges tokens of this site for children of them, for their holders.
 *
 * RFC 8693 §2.2.2: a subject token that is invalid "for any reason", or not acceptable, is `invalid_request`.
 */
export function accessTokenExchanger({ settings }: ExchangeContext): Exchanger {
  const limiter = new ExchangeLimiter(settings)

  return async (context, asked, { request, note, client }) => {
    const shown = parseToken(asked.subjectToken)
    const subject = shown instanceof Refusal ? undefined : await authenticate(context, shown)
    if (!subject) return NOT_VALID
    const actor = actorOf(request, 'api', subject)
    note({ actor, object: { type: 'token', id: subject.key, owner: subject.username } })
    if (!isAtAddress(subject.restriction, request.ip))
      return new ExchangeFault('invalid_request', 'subject_token may not be used from this address')
    const tooMany = await limiter.refuse(context, subject.username)
    if (tooMany) return tooMany
    const services = await findServices(context, asked)
    if (services instanceof ExchangeFault) return services
    const now = context.clock()
    const child = attenuate(subject, { ...asked, services }, { now, lifetime: settings.tokenLifetime })
    if (child instanceof ExchangeFault) return child
    context.usage.record(subject, now, request.ip, request.headers['user-agent'])
    const token = mintToken('redis', context.random, context.keys.tokenKeys[0])
    const details = { exchanged: true, ...(client !== undefined && { client }) }
    const record = await insertChild(context, { ...child, key: token.key }, token, { actor, details })
    if (!(record instanceof Refusal)) return { token, record }
    return record.code === 'locked_down' ? new ExchangeFault('invalid_grant', record.message) : NOT_VALID
  }
}

import { actorOf } from '../../authn/actor.js'
import { Refusal } from '../../core/access/refusal.js'
import { ExchangeFault, type ExchangeRequest } from '../../core/openid/exchange.js'
import { claimsInTheWay, ruleFor, tokenByRule, type WorkloadToken } from '../../core/openid/workload/rule.js'
import { findPerson } from '../../people/find-person.js'
import type { Context } from '../../storage/context.js'
import { unmarkUsed } from '../../storage/redis/used-once.js'
import { type CreatedToken, insertToken, type Maker } from '../../tokens/insert.js'
import type { Exchanger, Exchanging } from '../exchange/exchanger.js'
import { findServices } from '../exchange/targets.js'
import { giveBackInTime } from '../tokens/give-back.js'
import { IssuerKeys } from './issuer-keys.js'
import { markJwt, useOf } from './single-use.js'
import { workloadThrottle } from './throttle.js'
import { issuerOf, type KnownIssuer, type Verified, verifyJwt } from './verify.js'

/** Longer than any issuer's; those of Kubernetes and GitHub have a quarter of it. */
const MAX_LENGTH = 8192

/**
 * Exchanges JWTs of the issuers that the site trusts for service tokens, as a rule of the site says: a job elsewhere gets a short
 * token, and there is no secret to keep there. The JWT is stored nowhere.
 */
export function jwtExchanger({ settings, redis }: Context): Exchanger {
  const issuers: ReadonlyMap<string, KnownIssuer> = new Map(
    settings.trustedIssuers.map((each) => [each.issuer, { ...each, keys: new IssuerKeys(each) }]),
  )
  const throttle = workloadThrottle(redis)

  return async (context, asked, exchanging) => {
    const { ip } = exchanging.request
    const wait = await throttle.count(ip)
    if (wait !== undefined) return new ExchangeFault('slow_down', 'Too many JWTs of this network are not right', wait)
    const shown = await verify(context, asked.subjectToken, issuers, exchanging)
    const outcome = shown instanceof ExchangeFault ? shown : await exchange(context, asked, shown, exchanging)
    if (!(outcome instanceof ExchangeFault)) await throttle.giveBack(ip)
    return outcome
  }
}

async function verify(
  { clock, log }: Context,
  jwt: string,
  issuers: ReadonlyMap<string, KnownIssuer>,
  { note }: Exchanging,
): Promise<Verified | ExchangeFault> {
  if (jwt.length > MAX_LENGTH) return new ExchangeFault('invalid_request', 'subject_token is too long')
  const issuer = issuerOf(jwt, issuers)
  if (issuer instanceof ExchangeFault) {
    note({ details: { cause: issuer.description } })
    return issuer
  }
  const shown = await verifyJwt(jwt, issuer, clock())
  if (!(shown instanceof ExchangeFault)) return shown
  note({ details: { issuer: issuer.issuer, cause: shown.description } })
  if (shown.error === 'temporarily_unavailable')
    log.warn({ issuer: issuer.issuer, cause: shown.description }, 'Trusted issuer not available')
  return shown
}

/** Makes the token of the first rule that is for the program. */
async function exchange(
  context: Context,
  asked: ExchangeRequest,
  shown: Verified,
  { note, request, client }: Exchanging,
): Promise<CreatedToken | ExchangeFault> {
  const { settings, clock } = context
  const { issuer, claims } = shown
  const program = { issuer: issuer.issuer, subject: claims.sub, ...(client !== undefined && { client }) }
  const refuse = (fault: ExchangeFault, more = {}) => {
    note({ details: { ...program, cause: fault.description, ...more } })
    return fault
  }
  const rule = ruleFor(issuer.rules, claims)
  if (!rule) {
    const fault = new ExchangeFault('invalid_request', 'no rule of this site is for the program of subject_token')
    return refuse(fault, { claims: claimsInTheWay(issuer.rules, claims) })
  }
  const services = await findServices(context, asked)
  if (services instanceof ExchangeFault) return refuse(services)
  const terms = { now: clock(), maximum: settings.tokenPolicy.service?.maximum }
  const wanted = tokenByRule(rule, { ...asked, services }, terms)
  if (wanted instanceof ExchangeFault) return refuse(wanted)
  if ((await findPerson(context, rule.username))?.disabled)
    return refuse(new ExchangeFault('invalid_grant', `the account ${rule.username} is disabled`))
  const maker = { ...actorOf(request, 'api', rule.username), details: program }
  const outcome = await makeOnce(context, wanted, maker, { ...shown, jwt: asked.subjectToken })
  return outcome instanceof ExchangeFault ? refuse(outcome) : outcome
}

/** Creates the token, unless the JWT was used before. One for which no token is made stays unused: the job may try again. */
async function makeOnce(
  context: Context,
  wanted: WorkloadToken,
  maker: Maker,
  { jwt, ...shown }: Verified & { readonly jwt: string },
): Promise<CreatedToken | ExchangeFault> {
  const use = shown.issuer.singleUse ? useOf(shown, jwt) : undefined
  let created: CreatedToken | Refusal | undefined
  try {
    if (use && !(await markJwt(context, shown, use)))
      return new ExchangeFault('invalid_request', 'subject_token was used before')
    created = await insertToken(context, wanted, maker)
  } finally {
    const isMade = created !== undefined && !(created instanceof Refusal)
    if (use && !isMade) await giveBackInTime(() => unmarkUsed(context.redis, use))
  }
  return created instanceof Refusal ? new ExchangeFault('invalid_grant', created.message) : created
}

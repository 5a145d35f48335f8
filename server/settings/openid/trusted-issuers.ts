import { z } from 'zod'
import { MAXIMUM_PLACES, SERVICE } from '../../core/access/restriction.js'
import { isTied } from '../../core/openid/workload/claims.js'
import { isServiceName } from '../../core/people/identifiers.js'
import { DAY, type EpochSeconds, MINUTE } from '../../core/time.js'
import { MINIMUM_LIFETIME } from '../../core/token/lifetime.js'
import { isAdminScope, type Scope } from '../../core/token/scope.js'
import { safeUrl } from '../providers.js'
import { duration, scope } from '../values.js'
import { wantedClaims } from './wanted-claims.js'

const EXAMPLE = 'https://token.actions.githubusercontent.com'

/** To the letter: a JWT with one slash more is of another issuer. */
const issuer = z
  .string()
  .refine(
    (text) => safeUrl.safeParse(text).success,
    `must be an https URL (http only on this machine: 127.0.0.1, localhost), such as ${EXAMPLE}`,
  )
  .meta({ title: 'https URL', example: EXAMPLE })

const ordinaryScope = scope.refine(
  (each) => !isAdminScope(each),
  'must be no scope of administrators: name it under adminScopes, and in the request; not here, such as read:tap',
)

const adminScope = scope
  .refine(isAdminScope, 'must be a scope of administrators, such as admin:userinfo')
  .meta({ title: 'scope', example: 'admin:userinfo' })

const username = z
  .string()
  .refine(
    isServiceName,
    'must begin with bot- and have lowercase letters, digits and single dashes only, such as bot-survey',
  )
  .meta({ example: 'bot-survey' })

const service = z.string().regex(SERVICE, 'must be the name of a service, such as tap').meta({ example: 'tap' })

const upToADay = (least: EpochSeconds, words: string) =>
  duration
    .refine((seconds) => seconds >= least && seconds <= DAY, `must be from ${words} to 1 day, such as 1h`)
    .prefault('1h')

const rule = z.strictObject({
  claims: wantedClaims.describe(
    'Claims of the JWT that must all be right, to the letter, or each one of a list; nested as the JWT has them. One names the project for good',
  ),
  username: username.describe('The service account of the token, `bot-…`'),
  scopes: z.array(ordinaryScope).min(1).describe('Scopes of the token; a request may name fewer'),
  adminScopes: z
    .array(adminScope)
    .default([])
    .describe('Scopes `admin:*` that a request may have besides, where it names them'),
  lifetime: upToADay(MINIMUM_LIFETIME, '5 minutes').describe('How long the token is valid, from 5m to 1d'),
  services: z
    .array(service)
    .min(1)
    .max(MAXIMUM_PLACES)
    .optional()
    .describe('Services at which the token may be used; all when not given'),
})

/** An issuer of JWTs for programs, and what those programs get. */
export const trustedIssuer = z
  .strictObject({
    issuer: issuer.describe('The issuer, to the letter as its JWTs have it in `iss`'),
    jwksUri: safeUrl
      .optional()
      .describe('Where its keys are; what its discovery document says when not given (OpenID Connect Discovery)'),
    audience: z
      .string()
      .min(1)
      .meta({ example: 'https://data.example.org' })
      .describe('What `aud` must be, and nothing besides: the address of this site, which no other service accepts'),
    maxAge: upToADay(MINUTE, '1 minute').describe('How long ago a JWT may have been issued (`iat`), from 1m to 1d'),
    singleUse: z
      .boolean()
      .default(true)
      .describe('Whether each JWT is taken once; `false` for Kubernetes, whose programs have one for an hour'),
    rules: z.array(rule).min(1).describe('Who gets a token, and which; the first rule whose claims are right counts'),
  })
  .superRefine(({ issuer: name, audience, rules }, context) => {
    const problem = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', path, message })
    if (audience === name)
      problem(
        'must not be the issuer, for which it gives JWTs to all: the address of this site, such as https://data.example.org',
        'audience',
      )
    rules.forEach(({ claims }, index) => {
      if (!isTied(claims, name))
        problem(
          'must have a claim that names one project for good, such as {repository_id: "123456"} (GitHub), {project_id: "42"} (GitLab), or namespace and name of the account (Kubernetes); names of projects and owners change hands',
          'rules',
          index,
          'claims',
        )
    })
  })

export const trustedIssuersSchema = z.array(trustedIssuer).default([])

/** An issuer of JWTs for programs. */
export type TrustedIssuer = z.output<typeof trustedIssuer>

interface Given {
  readonly trustedIssuers: readonly TrustedIssuer[]
  readonly knownScopes: Readonly<Record<string, string>>
}

/** Finds mistakes in the combination of issuers and scopes, each with its path. */
export function issuerProblems({ trustedIssuers, knownScopes }: Given) {
  const unknown = (scopes: readonly Scope[], ...path: (string | number)[]) =>
    scopes.flatMap((each, index) =>
      Object.hasOwn(knownScopes, each) ? [] : [{ path: [...path, index], message: `${each} is not in knownScopes` }],
    )
  const names = trustedIssuers.map((each) => each.issuer)
  return trustedIssuers.flatMap(({ rules, issuer: name }, index) => [
    ...(names.indexOf(name) < index
      ? [{ path: ['trustedIssuers', index, 'issuer'], message: 'is there twice: give one entry all the rules' }]
      : []),
    ...rules.flatMap((each, place) => [
      ...unknown(each.scopes, 'trustedIssuers', index, 'rules', place, 'scopes'),
      ...unknown(each.adminScopes, 'trustedIssuers', index, 'rules', place, 'adminScopes'),
    ]),
  ])
}

import { Refusal, type RefusalCode } from '../../core/access/refusal.js'
import { readRestriction } from '../../core/access/restriction.js'
import { DAY, type EpochSeconds } from '../../core/time.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { Scope } from '../../core/token/scope.js'
import type { Settings } from '../../settings/schema.js'
import type { TokenRequest } from '../../tokens/create-user-token.js'
import type { Words } from '../../words/words.js'
import { duration } from '../shared/format/duration.js'
import { durationValue, type ExpiryChoice, expiryChoices } from '../shared/format/expiry.js'
import { refusalText } from '../shared/refusal-text.js'
import type { FieldError } from '../shared/view-models.js'
import type { DescribedScope, TokenFormValues } from './view-models.js'

type Fields = Readonly<Record<string, unknown>>

/** Nothing chosen but a middling lifetime: a scope that was never chosen is a scope that is never stolen. */
export function emptyForm(settings: Settings, type: 'user' | 'service' = 'user'): TokenFormValues {
  const { default: wanted = 30 * DAY } = settings.tokenPolicy
  const offered = offeredFor(settings, type, 0).map(({ value }) => value)
  const chosen = wanted === 'never' ? wanted : durationValue(wanted)
  const expires = offered.includes(chosen) ? chosen : offered.includes('longest') ? 'longest' : (offered[0] ?? '')
  return { name: '', scopes: [], expires, expiresAt: '', tzOffset: 0, networks: '', services: '' }
}

/** The ends that the form offers for a token of a type. */
export function offeredFor(
  { tokenPolicy }: Settings,
  type: 'user' | 'service',
  now: EpochSeconds,
): readonly ExpiryChoice[] {
  return expiryChoices(now, { choices: tokenPolicy.choices, maximum: tokenPolicy[type]?.maximum })
}

/** For how long a token may go without a use, where the site has such a limit. */
export function idleWords({ tokenPolicy }: Settings, type: 'user' | 'service', texts: Words): { idle?: string } {
  const { idle } = tokenPolicy[type] ?? {}
  return idle === undefined ? {} : { idle: duration(idle, texts) }
}

/** A token as it is, to change. */
export function valuesOf(token: TokenRecord): TokenFormValues {
  const expires = token.expires === undefined ? 'never' : 'keep'
  const { networks = [], services = [] } = token.restriction ?? {}
  const places = { networks: networks.join(' '), services: services.join(' ') }
  return { name: token.name ?? '', scopes: token.scopes, expires, expiresAt: '', tzOffset: 0, ...places }
}

/** Reads the fields as they were typed, to show them again after a mistake. */
export function formValues(fields: Fields): TokenFormValues {
  const offset = Number(text(fields.tz_offset))
  return {
    name: text(fields.name).trim(),
    scopes: texts(fields.scope),
    expires: text(fields.expires),
    expiresAt: text(fields.expires_at),
    tzOffset: Number.isInteger(offset) && Math.abs(offset) <= 24 * 60 ? offset : 0,
    networks: text(fields.networks).trim(),
    services: text(fields.services).trim(),
  }
}

/** The form as a link fills it in, and the scopes that it asks for in vain. */
export interface Suggested {
  readonly values: TokenFormValues
  /** Scopes that the person does not hold, as far as they are the site's at all. */
  readonly missing: readonly Scope[]
}

/**
 * Fills the form in from a link: `name`, `scope` (repeatable) or `scopes` (with commas), `expires` or `expiration`, as
 * in the links of other sites' documentation, and MAST's `suggested_…` for each. Nothing is created: the user still
 * reads and sends the form.
 */
export function suggested(query: Fields, held: readonly Scope[], settings: Settings): Suggested {
  const wanted = [query.scope, query.scopes, query.suggested_scope]
    .flatMap(texts)
    .flatMap((each) => each.split(/[\s,]+/))
  const expires = text(query.expires) || text(query.expiration) || text(query.suggested_expires)
  const offered = offeredFor(settings, 'user', 0).some(({ value }) => value === expires)
  const values = {
    ...emptyForm(settings),
    name: (text(query.name) || text(query.suggested_name)).slice(0, 64),
    scopes: held.filter((scope) => wanted.includes(scope)),
    ...(offered && { expires }),
  }
  const missing = [...settings.knownScopes.keys()].filter((scope) => wanted.includes(scope) && !held.includes(scope))
  return { values, missing }
}

/** Parses the form; refuses an end that is not among the choices, or no date, and what is no network. */
export function readTokenRequest(values: TokenFormValues, choices: readonly ExpiryChoice[]): TokenRequest | Refusal {
  const restriction = readRestriction(words(values.networks), words(values.services))
  if (restriction instanceof Refusal) return restriction
  const wish = {
    name: values.name,
    scopes: values.scopes as readonly Scope[],
    ...(restriction && { restriction }),
  }
  const choice = choices.find(({ value }) => value === values.expires)
  if (!choice) return new Refusal('invalid_expires', 'Choose when the token expires').worded('choose')
  // The end that is shown is the latest; the site may let it come a little sooner.
  if (choice.value === 'longest') return wish
  if (choice.value !== 'at') return { ...wish, ...(choice.expires !== undefined && { expires: choice.expires }) }
  const expires = localInstant(values.expiresAt, values.tzOffset)
  if (expires === undefined)
    return new Refusal('invalid_expires', 'Enter a date and a time, such as 2026-12-19 09:41').worded('date')
  return { ...wish, expires }
}

const FIELD_OF: Partial<Record<RefusalCode, FieldError['field']>> = {
  invalid_name: 'name',
  duplicate_token_name: 'name',
  too_many_tokens: 'name',
  invalid_scopes: 'scope',
  invalid_restriction: 'networks',
}

/** A refusal as a mistake beside the field that it is about. */
export function inForm(refusal: Refusal, values: TokenFormValues, texts: Words): FieldError {
  const field = FIELD_OF[refusal.code] ?? (values.expires === 'at' ? 'expires_at' : 'expires')
  return { field, message: refusalText(refusal, texts).message }
}

/** Scopes with what they mean, as the site's configuration says it. */
export function describeScopes({ knownScopes }: Settings, scopes: readonly Scope[]): DescribedScope[] {
  return scopes.map((name) => ({ name, description: knownScopes.get(name) ?? '' }))
}

/** A `datetime-local` value on a clock that is `offset` minutes behind UTC. */
function localInstant(local: string, offset: number): EpochSeconds | undefined {
  if (!/^\d{4,5}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?$/.test(local)) return undefined
  const milliseconds = Date.parse(`${local.replace(' ', 'T')}Z`)
  if (Number.isNaN(milliseconds)) return undefined
  return Math.floor(milliseconds / 1000) + offset * 60
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function texts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string')
  return typeof value === 'string' ? [value] : []
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

import { Refusal } from '../../core/access/refusal.js'
import { type Restriction, readRestriction } from '../../core/access/restriction.js'
import { DAY, type EpochSeconds } from '../../core/time.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { Scope } from '../../core/token/scope.js'
import type { Settings } from '../../settings/schema.js'
import type { TokenRequest } from '../../tokens/create-user-token.js'
import { duration } from '../../words/duration.js'
import type { Words } from '../../words/words.js'
import { offsetBehind } from '../../words/zone.js'
import { durationValue, type ExpiryChoice, expiryChoices } from '../shared/format/expiry.js'
import type { Mistake } from './form/mistakes.js'
import type { DescribedScope, TokenFormValues } from './form/view-models.js'

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

/**
 * Reads the fields as they were typed, to show them again after a mistake.
 *
 * @param timeZone that the user has chosen, in which the date is; otherwise it is in that of the browser
 */
export function formValues(fields: Fields, timeZone: string | undefined): TokenFormValues {
  const at = text(fields.expires_at)
  const offset = timeZone === undefined ? Number(text(fields.tz_offset)) : offsetBehind(at, timeZone)
  return {
    name: text(fields.name).trim(),
    scopes: texts(fields.scope),
    expires: text(fields.expires),
    expiresAt: at,
    tzOffset: Number.isInteger(offset) && Math.abs(offset) <= 24 * 60 ? offset : 0,
    networks: text(fields.networks).trim(),
    services: text(fields.services).trim(),
  }
}

/** A form as it was read: the request, as far as it can be read, and every mistake in its fields. */
export interface ReadForm {
  readonly wish: TokenRequest
  readonly mistakes: readonly Mistake[]
}

/** Parses the form; an end that is not among the choices, no date, and what is no network or service is a mistake. */
export function readTokenForm(values: TokenFormValues, choices: readonly ExpiryChoice[]): ReadForm {
  const networks = readRestriction(words(values.networks), [])
  const services = readRestriction([], words(values.services))
  const places = { ...asPlaces(networks), ...asPlaces(services) }
  const end = readEnd(values, choices)
  return {
    wish: {
      name: values.name,
      scopes: values.scopes as readonly Scope[],
      ...(Object.keys(places).length > 0 && { restriction: places }),
      ...('at' in end && { expires: end.at }),
    },
    mistakes: [...('refusal' in end ? [end] : []), ...refused('networks', networks), ...refused('services', services)],
  }
}

const NO_END = new Refusal('invalid_expires', 'Choose when the token expires').worded('choose')
const NO_DATE = new Refusal('invalid_expires', 'Enter a date and a time').worded('date')

/** The end that was chosen: an instant, a mistake, or neither, which is the latest that the site allows. */
function readEnd(values: TokenFormValues, choices: readonly ExpiryChoice[]): Mistake | { at: EpochSeconds } | object {
  const choice = choices.find(({ value }) => value === values.expires)
  if (!choice) return { field: 'expires', refusal: NO_END }
  // The end that is shown is the latest; the site may let it come a little sooner.
  if (choice.value === 'longest') return {}
  if (choice.value !== 'at') return choice.expires === undefined ? {} : { at: choice.expires }
  const at = localInstant(values.expiresAt, values.tzOffset)
  return at === undefined ? { field: 'expires_at', refusal: NO_DATE } : { at }
}

type Places = ReturnType<typeof readRestriction>

function asPlaces(places: Places): Restriction | undefined {
  return places instanceof Refusal ? undefined : places
}

function refused(field: 'networks' | 'services', places: Places): Mistake[] {
  return places instanceof Refusal ? [{ field, refusal: places }] : []
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

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function texts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string')
  return typeof value === 'string' ? [value] : []
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

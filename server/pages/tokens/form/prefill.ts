import { DAY, type EpochSeconds } from '../../../core/time.js'
import type { TokenRecord } from '../../../core/token/record.js'
import type { Scope } from '../../../core/token/scope.js'
import { type TokenTemplate, templatesOf } from '../../../settings/pages/templates.js'
import type { Settings } from '../../../settings/schema.js'
import { wallTime } from '../../../words/zone.js'
import { durationValue } from '../../shared/format/expiry.js'
import { emptyForm, offeredFor, text, texts } from '../form.js'
import { freeName } from './names.js'
import type { Suggestion, TemplateLink, TokenFormValues } from './view-models.js'

/** Who is about to fill in the form: the scopes that they hold, and the names of their tokens. */
export interface Holder {
  readonly scopes: readonly Scope[]
  readonly taken: readonly string[]
}

/** The form as it is filled in before its user has typed, and what a link brought that the form cannot have. */
export interface Prefilled {
  readonly values: TokenFormValues
  readonly suggestion?: Suggestion
  /** The template that it was filled in from. */
  readonly template?: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Fills the form in from a link: a template of the site, another token (`from`), or `name`, `scope` (repeatable) or
 * `scopes` (with commas), `expires` or `expiration`, as in the links of other sites' documentation, and MAST's `suggested_…`
 * for each. Nothing is created: the user still reads and sends the form.
 */
export function prefill(query: Fields, holder: Holder, settings: Settings, twin?: TokenRecord): Prefilled {
  const template = templatesOf(settings.site).find((each) => templateId(each) === query.template)
  if (template) return fromTemplate(template, holder, settings)
  const wanted = [query.scope, query.scopes, query.suggested_scope]
    .flatMap(texts)
    .flatMap((each) => each.split(/[\s,]+/))
    .filter((each) => each !== '')
  const name = (text(query.name) || text(query.suggested_name)).slice(0, 64)
  const expires = text(query.expires) || text(query.expiration) || text(query.suggested_expires)
  const isOffered = isEndOffered(expires, settings)
  const isLink = name !== '' || wanted.length > 0 || expires !== '' || twin !== undefined
  const { networks = [], services = [] } = twin?.restriction ?? {}
  const missing = [...new Set(wanted)].filter((scope) => !holder.scopes.some((held) => held === scope))
  return {
    values: {
      ...emptyForm(settings),
      name: twin ? freeName(twin.name ?? '', holder.taken) : name,
      scopes: holder.scopes.filter((scope) => wanted.includes(scope)),
      ...(isOffered && { expires }),
      networks: networks.join(' '),
      services: services.join(' '),
    },
    ...(isLink && {
      suggestion: {
        ...(twin ? { twin: twin.name ?? twin.key } : name !== '' && { by: name }),
        missing: missing.filter((each) => isKnown(each, settings)),
        unknown: missing.filter((each) => !isKnown(each, settings)).map((each) => each.slice(0, 64)),
        ...(expires !== '' && !isOffered && { expires: expires.slice(0, 32) }),
      },
    }),
  }
}

function isKnown(scope: string, { knownScopes }: Settings): boolean {
  return [...knownScopes.keys()].some((each) => each === scope)
}

function isEndOffered(expires: string, settings: Settings): boolean {
  return offeredFor(settings, 'user', 0).some(({ value }) => value === expires)
}

function fromTemplate(template: TokenTemplate, { scopes, taken }: Holder, settings: Settings): Prefilled {
  const { expires } = template
  const end = expires === undefined || expires === 'never' ? expires : durationValue(expires)
  return {
    template: templateId(template),
    values: {
      ...emptyForm(settings),
      name: freeName(template.name, taken),
      scopes: scopes.filter((scope) => template.scopes.includes(scope)),
      ...(end !== undefined && isEndOffered(end, settings) && { expires: end }),
    },
  }
}

/** Lists the site's templates that fit a user: those of which they hold a scope. */
export function templatesFor(
  { site }: Settings,
  scopes: readonly Scope[],
  chosen: string | undefined,
): readonly TemplateLink[] {
  return templatesOf(site)
    .filter((each) => each.scopes.some((scope) => scopes.includes(scope)))
    .map((each) => ({
      id: templateId(each),
      title: each.title,
      ...(templateId(each) === chosen && { isChosen: true as const }),
    }))
}

/** `notebook`: the title as a part of an address. */
function templateId({ title }: TokenTemplate): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
}

/** Returns tomorrow's last minute in a zone, as a `datetime-local` field has it; nothing where no token may last until then. */
export function endOfTomorrow(now: EpochSeconds, latest: EpochSeconds | undefined, timeZone = 'UTC'): string {
  const end = `${wallTime(now + DAY, timeZone).slice(0, 10)}T23:59`
  return latest !== undefined && end > wallTime(latest, timeZone) ? '' : end
}

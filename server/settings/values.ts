import { z } from 'zod'
import { isNetwork } from '../core/access/ip-network.js'
import { canParseUrl } from '../core/can-parse-url.js'
import { primaryAddressFault } from '../core/primary-address.js'
import { isBasePath, ownUrl } from '../core/site/base-path.js'
import { DAY, type EpochSeconds, HOUR, MINUTE } from '../core/time.js'
import { MINIMUM_LIFETIME } from '../core/token/lifetime.js'
import { isScope } from '../core/token/scope.js'
import { Secret } from '../core/token/secret.js'

const CENTURY = 36_525 * DAY

/** `30d`, `1h30m`, or a number of seconds: Gafaelfawr's durations. */
const DURATION = /^(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/

const durationSuchAs = (example: string) =>
  z
    .union([
      z.number().int().nonnegative(),
      z.string().regex(DURATION, `must be a duration, such as ${example} or 1h30m`),
    ])
    .transform((given): EpochSeconds => {
      if (typeof given === 'number') return given
      const [weeks, days, hours, minutes, seconds] = (DURATION.exec(given) ?? [])
        .slice(1)
        .map((each) => Number(each ?? 0))
      return (weeks ?? 0) * 7 * DAY + (days ?? 0) * DAY + (hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE + (seconds ?? 0)
    })

// With a few digits too many the dates would be none that a store takes: each sign-in would fail, and not the start.
export const duration = durationSuchAs('30d')
  .refine((seconds) => seconds <= CENTURY, 'must be at most 100 years, such as 30d')
  .meta({ title: 'duration' })

/** A duration that is waited for. Node takes a timer of more than 24 days for one of a millisecond. */
export const waitingTime = durationSuchAs('1m')
  .refine((seconds) => seconds <= DAY, 'must be at most 1 day, such as 1m')
  .meta({ title: 'duration', example: '1m' })

/** The lifetime of a token as the form offers it: one that can be created. */
export const lifetimeOrNever = z
  .union([z.literal('never'), duration])
  .refine((given) => given === 'never' || given >= MINIMUM_LIFETIME, 'must be never or at least 5 minutes, such as 30d')
  .meta({ title: 'duration or `never`' })

/** A duration with a least one, or `off`. YAML 1.1, which Helm writes, knows `off` as false. */
export const durationOrOff = (least: EpochSeconds, words: string) =>
  z
    .preprocess(
      (given) => (given === 'off' || given === false ? undefined : given),
      duration.refine((seconds) => seconds >= least, `must be at least ${words}, or off, such as 12h`).optional(),
    )
    .meta({ title: 'duration or `off`' })

export const httpUrl = z
  .string()
  .refine(
    (text) => canParseUrl(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an http or https URL, such as https://data.example.org',
  )
  .transform((text) => new URL(text))
  .meta({ title: 'URL' })

/** A URL, or `false` where there is nothing. */
export const urlOrFalse = z
  .preprocess((given) => (given === 'false' ? false : given), z.union([z.literal(false), httpUrl]))
  .meta({ title: 'URL or `false`', example: 'https://data.example.org/tap' })

/** The address of the site; its path ends in a slash. */
export const siteUrl = httpUrl
  .refine(
    ({ search, hash, pathname }) => search === '' && hash === '' && isBasePath(pathname),
    'must have no path, or a plain one that does not begin as Postern’s own pages do, such as https://data.example.org or https://example.org/postern',
  )
  .transform((given) => ownUrl(given, '/'))

/** An origin as browsers send it: `https://portal.example.com`, with no path. */
export const webOrigin = z
  .string()
  .refine(
    (text) => /^https?:/.test(text) && canParseUrl(text) && new URL(text).origin === text,
    'must be an origin with no path, such as https://portal.example.com',
  )
  .meta({ title: 'origin' })

/** @param faultOf says what is wrong with a URL of the right form */
export const url = (
  protocols: readonly string[],
  example: string,
  faultOf: (text: string) => string | undefined = () => undefined,
) =>
  z
    .string()
    .superRefine((text, context) => {
      const names = protocols.map((each) => `${each}://`).join(' or ')
      const isOne = canParseUrl(text) && protocols.includes(new URL(text).protocol.slice(0, -1))
      const fault = faultOf(text) ?? (isOne ? undefined : `must be a URL that starts with ${names}`)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `${fault}, such as ${example}` })
    })
    .transform((text) => new Secret(text))
    .meta({ title: 'URL', example })

const DATABASE_EXAMPLE = 'postgresql://postern:PASSWORD@db.example.org/postern'

export const databaseUrl = url(['postgres', 'postgresql'], DATABASE_EXAMPLE, primaryAddressFault)

export const scope = z
  .string()
  .refine(isScope, 'must be letters, digits and . : _ - only, such as read:tap')
  .meta({ title: 'scope', example: 'read:tap' })

export const network = z
  .string()
  .refine(isNetwork, 'must be an address or a network, such as 10.0.0.0/8')
  .meta({ title: 'address or network' })

/** Where to listen: `unix:/run/postern.sock`, or `127.0.0.1:8081`, or `[::1]:8081`. */
export const listenAddress = z
  .string()
  .regex(
    /^(?:unix:\/.+|(?:\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5})$/,
    'must be HOST:PORT or unix:/PATH, such as 127.0.0.1:8081',
  )
  .transform((text) => {
    if (text.startsWith('unix:')) return { path: text.slice('unix:'.length) }
    const colon = text.lastIndexOf(':')
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
  })
  .meta({ title: '`HOST:PORT` or `unix:/PATH`', example: '127.0.0.1:8081' })

/** A whole number as such or as text, which is what the environment has. */
export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(
    (given) => (typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given),
    z.number().int().min(least).max(most),
  )

/** A number as such or as text. */
export const workers = z
  .union([z.number(), z.string()])
  .refine(
    (given) => given === 'auto' || /^[1-9]\d?$/.test(String(given)),
    'must be a number from 1 to 99, or auto, such as 4',
  )
  .transform((given) => (given === 'auto' ? given : Number(given)))
  .meta({ title: 'number or `auto`', example: 4 })

/** As {@link workers}; two are what a process needs. */
export const databaseConnections = z
  .union([z.number(), z.string()])
  .refine(
    (given) => given === 'auto' || (/^[1-9]\d{0,3}$/.test(String(given)) && Number(given) >= 2),
    'must be a number from 2 to 9999, or auto, such as 20',
  )
  .transform((given) => (given === 'auto' ? given : Number(given)))
  .meta({ title: 'number or `auto`', example: 20 })

export const secrets = z
  .union([
    z.string().transform((text) =>
      text
        .split(/[\n,]/)
        .map((each) => each.trim())
        .filter(Boolean),
    ),
    z.array(z.string()),
  ])
  .refine(
    (list) => list.length > 0 && list.every((each) => each.length >= 32),
    'must be one or more secrets of at least 32 characters each, such as what `openssl rand -hex 32` prints',
  )
  .transform((list) => list.map((each) => new Secret(each)))
  .meta({ title: 'text or list', example: 'what `openssl rand -hex 32` prints' })

export const colour = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour, such as "#1f5fa8"')
  .meta({ title: 'colour' })
export const link = z.strictObject({
  text: z.string().min(1).describe('The words of the link'),
  href: httpUrl.describe('Where it leads'),
})
/** Pages load images from this site only: another could count who opens them. */
export const image = z
  .string()
  .regex(/^(?:\/(?!\/)|data:image\/)/, 'must be a path on this site or a data:image URL, such as /logo.svg')
  .meta({ title: 'path or data URL' })

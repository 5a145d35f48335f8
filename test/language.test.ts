import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

/*
 * The language of the code, as a reader of the field expects it: see CONTRIBUTING.md. These tests hold its two rules that
 * can be counted (name the actor; name the mechanism), and the size of folders.
 */

const PRONOUN = /\b(?:somebody|nobody|anybody|everybody|whoever|whom|whatever)\b/i
/** `nobody` is also the name of a system account. */
const SYSTEM_ACCOUNT = /user nobody|'nobody'/
const BUDGET = 10

/** Names of private language that stood here before, and what the field calls them. */
// biome-ignore format: a table reads in columns
const FORBIDDEN: Readonly<Record<string, string>> = {
  TokenMemory:       'TokenCache',
  Remembered:        'CachedToken',
  StandingAnswers:   'ResponseCache',
  UnknownKeys:       'NegativeCache',
  StrangeKeys:       'UnsealedKeyLookup',
  Grounds:           'Dependencies',
  undermine:         'invalidate',
  distrust:          'bypass',
  Readings:          'DependentCache',
  Announcements:     'InvalidationPublisher',
  RedisWatch:        'InvalidationSubscriber',
  Glance:            'RawHeaders',
  glanceAt:          'readRawHeaders',
  Surface:           'ProxyProtocol',
  examine:           'authorizeRequest',
  Remainder:         'ForwardedCredentials',
  Recall:            'ResolveToken',
  recallNow:         'resolveFromCache',
  TokenWish:         'TokenRequest',
  unlessIdle:        'dropIfIdle',
  DirectorySaid:     'LdapAnswer',
  LAST_WORD_COUNTS:  'STALE_ANSWER_TTL',
  limitedBy:         'intersectWithParent',
  bearsSeal:         'hasValidMac',
  ToldProgram:       'ProgramInput',
  fromTold:          'parseProgramInput',
  SlowDown:          'LoginThrottle',
  letIn:             'startSession',
  keptOf:            'readLogoutHint',
  takeFlow:          'consumeAuthorizationState',
  askedReturn:       'returnParameter',
  Departure:         'AuthorizationRedirect',
  Crew:              'WorkerPool',
  Employment:        'WorkerChannel',
  Farewell:          'DrainOptions',
  untilToldToStop:   'waitForShutdown',
  metricsDoor:       'metricsEndpoint',
  Tally:             'LabelledCounter',
  MOST:              'MAX_… of a thing',
  LONGEST:           'MAX_…_LENGTH',
  LARGEST:           'MAX_…',
  PAGE:              'PAGE_SIZE',
  BATCH:             '…_PER_BATCH',
}

/** Made, not written. */
const LEFT_OUT = new Set(['node_modules', 'generated', 'artefacts', 'dist', '.wheels', '.modules', '.jars'])

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : filesBelow(file)
    return [file]
  })
}

interface Line {
  readonly at: string
  readonly text: string
}

function linesOf(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((text, index) => ({ at: `${file}:${index + 1}`, text }))
}

const sources = filesBelow('server').filter((file) => file.endsWith('.ts'))

describe('the language of the code', () => {
  it('names the actor: at most ten of somebody, nobody or whoever in server/ and deploy/', () => {
    const found = [...sources, ...filesBelow('deploy')]
      .flatMap(linesOf)
      .filter(({ text }) => PRONOUN.test(text.replace(SYSTEM_ACCOUNT, '')))
    expect(found.length > BUDGET ? found.map(({ at, text }) => `${at} ${text.trim()}`) : []).toEqual([])
  })

  it('names what is absent or empty: no comment of server/ ends a phrase with any', () => {
    const found = sources.flatMap(linesOf).filter(({ text }) => /^\s*(?:\/?\*|\/\/).*\bany(?:[.;:]|,? is\b)/.test(text))
    expect(found.map(({ at, text }) => `${at} ${text.trim()}`)).toEqual([])
  })

  it('names things by the field’s terms: no name of the private language is left', () => {
    const names = new RegExp(`\\b(?:${Object.keys(FORBIDDEN).join('|')})\\b`, 'g')
    const found = sources
      .flatMap(linesOf)
      .map(({ at, text }) => ({ at, code: text.replace(/\/\/.*$|^\s*\/?\*.*$|'[^']*'|`[^`]*`/g, '') }))
      .flatMap(({ at, code }) => (code.match(names) ?? []).map((name) => `${at} ${name}: say ${FORBIDDEN[name]}`))
    expect(found).toEqual([])
  })

  it.each([
    ['response cache', 'ingress/response-cache.ts'],
    ['token cache', 'storage/cache/token-cache.ts'],
    ['negative cache', 'storage/cache/negative-cache.ts'],
    ['invalidation subscriber', 'storage/cache/invalidation-subscriber.ts'],
    ['idle timeout', 'core/token/idle-timeout.ts'],
    ['worker pool', 'operate/cluster/worker-pool.ts'],
    ['forward-auth protocol', 'ingress/forward-auth-protocols.ts'],
  ])('has a file that is named %s', (_term, file) => {
    expect(existsSync(path.join('server', file))).toBe(true)
  })
})

describe('the folders', () => {
  it('hold at most twenty files each', () => {
    const counts = new Map<string, number>()
    for (const file of ['server', 'views', 'test', 'deploy', 'prisma'].flatMap(filesBelow)) {
      counts.set(path.dirname(file), (counts.get(path.dirname(file)) ?? 0) + 1)
    }
    expect([...counts].filter(([, count]) => count > 20)).toEqual([])
  })
})

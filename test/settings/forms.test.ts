import { describe, expect, it } from '@jest/globals'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { oidcProvider } from '../../server/settings/providers.js'
import { settingsSchema } from '../../server/settings/schema.js'
import { file, problemsOf } from './support/given.js'

type JsonSchema = z.core.JSONSchema.BaseSchema
type Path = readonly string[]

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null
const json = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })

/** Every setting with its schema: sections, what is in them, in lists and in mappings. */
function settings(schema: JsonSchema, path: Path = []): [Path, JsonSchema][] {
  const own: [Path, JsonSchema][] = path.length > 0 ? [[path, schema]] : []
  const { properties = {}, items, additionalProperties, propertyNames } = schema
  const key = isSchema(propertyNames) && propertyNames.title === 'scope' ? 'read:tap' : 'tap'
  const within = Object.entries(properties).flatMap(([name, each]) =>
    isSchema(each) ? settings(each, [...path, name]) : [],
  )
  const listed = isSchema(items) ? settings(items, [...path, '0']) : []
  const mapped = isSchema(additionalProperties) ? settings(additionalProperties, [...path, key]) : []
  return [...own, ...within, ...listed, ...mapped]
}

const whole = json(settingsSchema)
const all = settings({ ...whole, properties: { ...whole.properties, oidc: json(oidcProvider) } }).filter(
  // Taken out of a file, as Gafaelfawr's.
  ([path]) => path.join('.') !== 'oidc.audience',
)

/** A value that no setting of a kind takes. */
function wrongFor({ type, anyOf = [], title }: JsonSchema): unknown {
  const types = [type, ...anyOf.map((each) => isSchema(each) && each.type)].flat()
  if (types.includes('boolean')) return 'true'
  if (types.includes('array')) return types.includes('string') ? 5 : 'a,b'
  if (types.includes('object')) return 'a,b'
  if (title?.startsWith('duration')) return '30 days'
  if (types.includes('integer') || types.includes('number')) return '5 MB'
  return 123456789
}

/** A section without any of these is not used, as Helm writes it. */
const USED: Readonly<Record<string, Record<string, unknown>>> = {
  cilogon: { clientId: 'x' },
  github: { clientId: 'x' },
  ldap: { url: 'ldaps://ldap.example.org' },
  oidc: { clientId: 'x' },
}

/** A configuration with this value at this place; a value in a list is at its first place. */
function withValue(path: Path, value: unknown): Record<string, unknown> {
  const [setting = '', ...rest] = path
  const nested = rest.reduceRight<unknown>((inner, part) => (part === '0' ? [inner] : { [part]: inner }), value)
  return { [setting]: isRecord(nested) && !Array.isArray(nested) ? { ...USED[setting], ...nested } : nested }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function sentencesFor(path: Path, value: unknown): readonly string[] {
  const name = path.join('.')
  const config = file('wrong.yaml', JSON.stringify(withValue(path, value)))
  return problemsOf({ POSTERN_CONFIG: config }).filter((each) => each.startsWith(`${name}: `))
}

const rows = all.map(([path, schema]) => ({ name: path.join('.'), path, wrong: wrongFor(schema) }))

/** Examples that are not to be copied, that need other settings beside them, or that are longer than a day. */
const NOT_WHOLE = [
  ...[
    'bootstrapToken',
    'knownScopes',
    'programs.scope',
    'oidcServer.key',
    'gafaelfawr.sessionSecret',
    'voLogin.discoveryUrl',
  ],
  ...['trustedIssuers.0.maxAge', 'trustedIssuers.0.rules.0.lifetime'],
]

const SENTENCE =
  /^\S+: (?:must be|is required).*? such as (.*?)(?: or 1h30m)?(?:, without quotes)?(?: \(it is ".*"\))?$/

describe('a wrong value is one sentence with the setting, its form and an example that is right', () => {
  it('for every setting', () => {
    expect(all.length).toBeGreaterThan(150)
  })

  it.each(rows)('$name: $wrong', ({ name, path, wrong }) => {
    const sentences = sentencesFor(path, wrong)
    expect(sentences).toEqual([expect.stringMatching(SENTENCE)])
    if (NOT_WHOLE.includes(name)) return
    const [, example = ''] = SENTENCE.exec(sentences.join()) ?? []
    expect([example, sentencesFor(path, parseYaml(example))]).toEqual([example, []])
  })
})

describe('a wrong value from the environment', () => {
  it.each([
    ['POSTERN_PROXIES', '10.0.0.0/8,172.16.0.0/12', 'must be a list, such as ["127.0.0.0/8","::1/128"]'],
    ['POSTERN_PROXIES', '*', 'is not YAML (BAD_ALIAS in line 1, column 1); must be a list, such as'],
    ['POSTERN_GROUP_MAPPING', '{read:tap: users}', 'must be a list, such as [astronomers]'],
    ['POSTERN_OIDC', '{clientSecret: 0123456789012345}', 'and without quotes it is a number: quote it, such as'],
    ['POSTERN_GROUP_MAPPING', '{"read tap": [users]}', 'must be letters, digits and . : _ - only, such as read:tap'],
    ['POSTERN_OIDC', '{clinetId: x}', 'clinetId: there is no such setting under oidc; did you mean clientId?'],
    ['POSTERN_LIMITS', '{apiCalls: "600"}', 'must be a whole number above 0, such as 600, without quotes'],
    ['POSTERN_LIMITS', '{apicalls: 600}', 'there is no such setting under limits; did you mean apiCalls?'],
    ['POSTERN_LIMITS', '{headersTimeout: 0}', 'POSTERN_LIMITS.headersTimeout: must be at least a second'],
    ['POSTERN_LIMITS', '{requestTimeout: 0s}', 'POSTERN_LIMITS.requestTimeout: must be at least a second'],
    ['POSTERN_LIMITS', '{requestTimeout: 25d}', 'POSTERN_LIMITS.requestTimeout: must be at most 1 day'],
    ['POSTERN_TOKEN_POLICY', '{choices: [0]}', 'POSTERN_TOKEN_POLICY.choices.0: must be never or at least 5 minutes'],
    ['POSTERN_TOKEN_POLICY', '{default: 1m}', 'POSTERN_TOKEN_POLICY.default: must be never or at least 5 minutes'],
    ['POSTERN_STOP_GRACE', '25d', 'POSTERN_STOP_GRACE: must be at most 1 day, such as'],
    ['POSTERN_TELEMETRY', '{interval: 2147484}', 'interval: must be at most 1 day, such as'],
    ['POSTERN_TOKEN_LIFETIME', '2592000000000', 'POSTERN_TOKEN_LIFETIME: must be at most 100 years, such as 30d'],
    ['POSTERN_TOKEN_LIFETIME', '99999w', 'POSTERN_TOKEN_LIFETIME: must be at most 100 years, such as 30d'],
    ['POSTERN_MEMORY_MAX_AGE', '1'.repeat(40), 'POSTERN_MEMORY_MAX_AGE: must be at most 100 years'],
    ['POSTERN_SCOPES_FOLLOW_GROUPS', 'perhaps', 'must be true or false, such as true (it is "perhaps")'],
    ['POSTERN_PORT', 'http', 'must be a whole number from 0 to 65535, such as 8080 (it is "http")'],
    ['POSTERN_TOKEN_LIFETIME', '30 days', 'must be a duration, such as 30d or 1h30m (it is "30 days")'],
    [
      'DATABASE_URL',
      'postgres://a:5432,b:5432/x',
      'names several hosts: name the one address that leads to the primary',
    ],
    [
      'DATABASE_URL',
      'mysql://a/x',
      'must be a URL that starts with postgres:// or postgresql://, such as postgresql://',
    ],
    ['REDIS_URL', 'redis://a:1,b:2', 'such as redis://cache.example.org:6379/0'],
  ])('%s=%s is told what it should be', (name, text, words) => {
    expect(problemsOf({ [name]: text }).join('\n')).toContain(words)
  })

  it('is never quoted where it may be a secret', () => {
    const secret = '9'.repeat(15)
    expect(problemsOf({ POSTERN_OIDC: `{clientSecret: ${secret}}` }).join()).not.toContain(secret)
  })
})

import type { JsonSchema } from '../json-schema.js'

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

type Schemas = Readonly<Record<string, JsonSchema>>

/** Values that say what a field is for, by its name; the first that the schema takes. The rest follows from the schema alone. */
const BY_NAME: Readonly<Record<string, readonly Json[]>> = {
  '@timestamp': ['2026-11-27T09:41:00Z'],
  actor: ['ada'],
  actor_token: ['8bVsPOCXTbeLzm5TdZGzMA'],
  bypass: [['admins']],
  client: ['curl/8.5.0'],
  client_id: ['c0ffee.clients.example.org'],
  created: [1795651200, '2026-11-26T09:41:00Z'],
  description: ['Dashboards of the observatory'],
  email: ['grace@example.org'],
  event_time: [1795651200],
  expires: [1798243200],
  first_used: [1795651200],
  gid: [4001],
  granted: [1795651200],
  granted_by: ['ada'],
  groups: [[{ name: 'g_users', id: 5001 }]],
  id: ['GO-16250'],
  ip: ['192.0.2.7'],
  ip_address: ['192.0.2.7'],
  last_modified: ['2026-11-26T09:41:00Z'],
  last_modified_by: ['ada'],
  last_used: [1795737600],
  lacking: [['exec:admin']],
  loaded: [1795651200],
  name: ['Ada Lovelace'],
  needs: [['read:tap']],
  networks: [['192.0.2.0/24']],
  old_expires: [1798243200],
  old_scopes: [['read:image', 'read:tap']],
  old_token_name: ['laptop'],
  parent: ['8bVsPOCXTbeLzm5TdZGzMA'],
  period_end: ['2027-06-01', 1811808000],
  prefix: ['/api/tap'],
  previous_until: ['2026-11-27T09:41:00Z'],
  programs: [['GO-16250']],
  required_scope: ['read:tap'],
  requirement: ['scope=read:tap'],
  return_uri: ['https://dashboards.example.org/login/generic_oauth'],
  return_uris: [['https://dashboards.example.org/login/generic_oauth']],
  revoked: [['5KVApqcVbSQWtO3VIRgOhQ']],
  scopes: [['read:tap']],
  service: ['tap'],
  services: [['tap']],
  reason: ['The laptop was stolen'],
  suspended: [1795737600],
  suspended_until: [1795824000],
  title: ['Metal-poor galaxies in the Local Volume'],
  token: ['gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA', '5KVApqcVbSQWtO3VIRgOhQ'],
  token_name: ['topcat'],
  token_type: ['user'],
  uid: [4001],
  updated: [1795651200],
  url: ['/api/tap/sync', 'https://dashboards.example.org/'],
  username: ['ada'],
}

/** Where a name means another thing than elsewhere, by what stands beside it. */
const BESIDE: readonly { readonly sibling: string; readonly values: Readonly<Record<string, readonly Json[]>> }[] = [
  { sibling: 'username', values: { email: ['ada@example.org'] } },
  { sibling: 'unchanged', values: { created: [0] } },
  { sibling: 'dataset', values: { id: ['0199c5a2'] } },
  { sibling: 'config', values: { csrf: ['GvDF7h'] } },
]

/** The optional fields that an example of a request has; a request with all of them would contradict itself. */
const WORTH_SHOWING = new Set([
  'bypass',
  'description',
  'investigators',
  'overlap',
  'period_end',
  'return_uri',
  'role',
  'scopes',
  'title',
  'token_name',
  'url',
])

/** Which fields an example has: of a request the required ones and those worth showing, of an answer all. */
export type Wanted = 'request' | 'answer'

/** Makes an example of a schema. */
export function sampleOf(schema: JsonSchema, schemas: Schemas, wanted: Wanted, name = ''): Json {
  return fitting(BY_NAME[name], schema, schemas) ?? sampleBySchema(schema, schemas, { wanted, name })
}

interface Place {
  readonly wanted: Wanted
  readonly name: string
}

function sampleBySchema(schema: JsonSchema, schemas: Schemas, { wanted, name }: Place): Json {
  const { $ref, anyOf, items, properties, additionalProperties } = schema
  if ($ref !== undefined) return sampleOf(schemas[$ref.split('/').at(-1) ?? ''] ?? {}, schemas, wanted, name)
  if (properties) return objectOf(schema, schemas, wanted)
  const [first] = anyOf ?? []
  if (first) return sampleOf(first, schemas, wanted, name)
  if (schema.const !== undefined) return jsonOf(schema.const)
  if (schema.enum) return jsonOf(schema.enum[0])
  if (schema.default !== undefined) return jsonOf(schema.default)
  if (items) return [sampleOf(items, schemas, wanted, singular(name))]
  if (typeof additionalProperties === 'object') return { tap: sampleOf(additionalProperties, schemas, wanted) }
  return plainSample(schema)
}

function objectOf(schema: JsonSchema, schemas: Schemas, wanted: Wanted): Json {
  const { properties = {}, required = [], anyOf, oneOf } = schema
  // Of alternatives the first: such as a user name in place of an e-mail address.
  const chosen = new Set([...required, ...(anyOf?.[0]?.required ?? []), ...(oneOf?.[0]?.required ?? [])])
  const others = (oneOf ?? []).slice(1).flatMap((each) => each.required ?? [])
  const names = Object.keys(properties).filter((name) =>
    wanted === 'request' ? chosen.has(name) || WORTH_SHOWING.has(name) : !others.includes(name),
  )
  const beside = BESIDE.filter(({ sibling }) => names.includes(sibling)).map(({ values }) => values)
  return Object.fromEntries(
    names.map((name) => {
      const field = properties[name] ?? {}
      const special = beside.map((values) => fitting(values[name], field, schemas)).find((value) => value !== undefined)
      return [name, special ?? sampleOf(field, schemas, wanted, name)]
    }),
  )
}

/** Returns the first value that the schema takes. */
function fitting(values: readonly Json[] | undefined, schema: JsonSchema, schemas: Schemas): Json | undefined {
  return values?.find((value) => takes(schema, schemas, value))
}

/** Returns whether a value that was chosen by name fits what the schema says. */
function takes(schema: JsonSchema, schemas: Schemas, value: Json): boolean {
  const { $ref, anyOf, type, pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  if ($ref !== undefined) return takes(schemas[$ref.split('/').at(-1) ?? ''] ?? {}, schemas, value)
  if (anyOf && type === undefined) return anyOf.some((each) => takes(each, schemas, value))
  if (schema.enum) return schema.enum.includes(value)
  if (type !== undefined && ![type].flat().some((each) => isOfType(each, value))) return false
  if (Array.isArray(value)) return value.every((each) => takes(schema.items ?? {}, schemas, each))
  if (typeof value !== 'string') return true
  return value.length >= minLength && value.length <= maxLength && (!pattern || new RegExp(pattern).test(value))
}

function isOfType(type: string, value: Json): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer' || type === 'number') return typeof value === 'number'
  return typeof value === type && !Array.isArray(value)
}

function plainSample({ type, minimum, minLength = 0 }: JsonSchema): Json {
  const [kind] = [type].flat()
  if (kind === 'integer' || kind === 'number') return minimum === undefined || minimum < 1 ? 1 : minimum
  if (kind === 'boolean') return false
  if (kind === 'null') return null
  if (kind === 'object') return {}
  return '…'.padEnd(minLength, '…')
}

/** `users` has a name, a list of them one for each. */
function singular(name: string): string {
  return name.endsWith('s') ? name.slice(0, -1) : name
}

/** JSON Schema has any JSON in these places. */
function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null))
}

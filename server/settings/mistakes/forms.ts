import { z } from 'zod'
import { samlProvider } from '../providers/saml.js'
import { oidcProvider } from '../providers.js'
import { settingsSchema } from '../schema.js'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** What stands for one schema, or for a list of them. */
type Several = z.core.JSONSchema._JSONSchema | readonly z.core.JSONSchema._JSONSchema[] | undefined

/** How a setting is written. */
export interface Form {
  /** In words: `a whole number from 0 to 65535`. */
  readonly words: string
  /** In YAML: `8080`. */
  readonly example: string
  readonly kind: 'text' | 'number' | 'boolean' | 'other'
  /** The names of the settings in a section; undefined for what is no section. */
  readonly fields?: readonly string[] | undefined
}

/** Returns the form of the setting at a path; undefined where there is none. */
export function formAt(path: readonly string[]): Form | undefined {
  const schema = path.reduce<JsonSchema | undefined>(
    (at, part, index) => at && within(at, part, path.slice(0, index)),
    whole(),
  )
  return schema && describe(schema)
}

function describe(schema: JsonSchema): Form {
  const { properties } = schema
  return {
    words: wordsFor(schema),
    example: exampleOf(schema),
    kind: kindOf(schema),
    ...(properties && { fields: Object.keys(properties) }),
  }
}

let read: JsonSchema | undefined

/** Only a mistake needs it, so it is made then. */
function whole(): JsonSchema {
  read ??= toJson(settingsSchema)
  return read
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

function within(schema: JsonSchema, part: string, before: readonly string[]): JsonSchema | undefined {
  // The lists of providers are validated by hand, so that the schema does not show them.
  if (before.length === 0 && part === 'oidc') return toJson(oidcProvider)
  if (before.length === 0 && part === 'saml') return toJson(samlProvider)
  const variants = [schema, ...(schema.anyOf ?? [])].filter((each) => typeof each === 'object')
  const steps = variants.flatMap((each) => [each.properties?.[part], each.items, each.additionalProperties])
  const found = steps.flat().find((each) => typeof each === 'object')
  return found ?? (/^\d+$/.test(part) ? schema : undefined)
}

function kindOf({ type, anyOf }: JsonSchema): Form['kind'] {
  if (type === 'boolean') return 'boolean'
  if (type === 'integer' || type === 'number') return 'number'
  const types = anyOf ? anyOf.map((each) => typeof each === 'object' && each.type) : [type]
  return types.every((each) => each === 'string' || each === 'null') ? 'text' : 'other'
}

function wordsFor({
  title,
  type,
  minimum,
  exclusiveMinimum,
  maximum,
  items,
  enum: values,
  ...rest
}: JsonSchema): string {
  if (title !== undefined) return withArticle(title.replaceAll('`', ''))
  if (values) return `one of ${values.join(', ')}`
  if (type === 'boolean') return 'true or false'
  if (type === 'integer' || type === 'number') {
    const number = type === 'integer' ? 'a whole number' : 'a number'
    if (exclusiveMinimum !== undefined) return `${number} above ${exclusiveMinimum}`
    if (minimum === undefined) return number
    return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
      ? `${number}, ${minimum} or more`
      : `${number} from ${minimum} to ${maximum}`
  }
  if (type === 'array') return 'a list'
  if (type === 'object') return rest.properties ? 'a section' : 'a mapping'
  return rest.anyOf ? 'text or null' : 'text'
}

/** Initials are read by letter: an HTTPS URL. */
function withArticle(noun: string): string {
  if (/^(?:text|HOST)/.test(noun)) return noun
  return `${/^(?:[aeio]|https URL)/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** The `example` that the schema has (zod drops `examples` from what is transformed), its default, or one of its kind. */
function exampleOf(schema: JsonSchema): string {
  const { example, default: usual, type, title = '', items, anyOf, minimum, properties, required = [] } = schema
  const given = [example, usual, schema.enum?.[0]].find(isPlain)
  if (given !== undefined) return typeof given === 'string' ? given : JSON.stringify(given)
  if (type === 'boolean') return 'true'
  if (type === 'integer' || type === 'number') return String(minimum ?? 1)
  if (type === 'array') return `[${inFlow(exampleOf(first(items)))}]`
  if (type === 'object') {
    const [name = '', each] = properties
      ? ((required.length > 0 ? [required[0], properties[required[0] ?? '']] : Object.entries(properties)[0]) ?? [])
      : [exampleOf(first(schema.propertyNames)), schema.additionalProperties]
    return `{"${name}": ${inFlow(exampleOf(first(each)))}}`
  }
  return EXAMPLES[title] ?? (anyOf ? exampleOf(first(anyOf)) : 'text')
}

/** Quotes a text that YAML would not take within a list or a mapping. */
function inFlow(example: string): string {
  return /^[^["{].*[[\]{},]/.test(example) ? JSON.stringify(example) : example
}

const EXAMPLES: Readonly<Record<string, string>> = {
  URL: 'https://data.example.org/',
  'address or network': '10.0.0.0/8',
  colour: '"#1f5fa8"',
  duration: '30d',
  'duration or `never`': '30d',
  'duration or `off`': '12h',
  'https URL': 'https://login.example.org/',
  origin: 'https://portal.example.org',
  'path or data URL': '/logo.svg',
}

function isPlain(value: unknown): value is string | number | boolean | readonly (string | number)[] {
  if (Array.isArray(value)) return value.length > 0
  return value !== null && value !== undefined && typeof value !== 'object' && value !== ''
}

function first(schema: Several): JsonSchema {
  const one = Array.isArray(schema) ? schema[0] : schema
  return typeof one === 'object' ? one : {}
}

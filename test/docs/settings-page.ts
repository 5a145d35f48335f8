import { z } from 'zod'
import { innerSecrets } from '../../server/settings/inner-secrets.js'
import { SECRETS, variableOf } from '../../server/settings/load.js'
import { samlProvider } from '../../server/settings/providers/saml.js'
import { oidcProvider } from '../../server/settings/providers.js'
import { settingNames, settingsSchema } from '../../server/settings/schema.js'
import { table } from './table.js'

type JsonSchema = z.core.JSONSchema.JSONSchema

/** Sections whose schema is not in the whole one: they may be lists, and are validated by hand. */
const SEPARATE: Readonly<Record<string, z.ZodType>> = { oidc: oidcProvider, saml: samlProvider }

/** Defaults with a table of their own in the page, or too long for a cell. */
const LONG_DEFAULTS: Readonly<Record<string, string>> = {
  knownScopes: 'Rubin’s scopes',
  groupMapping: '`users`, `admins`',
  tokenPolicy: '',
  site: '',
}

const INTRODUCTION = `# Settings

This page is made from the schema in \`server/settings/schema.ts\` by \`npm run docs\`, and compared with it by \`test/docs/settings.test.ts\`.

Postern reads one YAML file, which \`POSTERN_CONFIG\` names, and the environment, which wins over the file.

- Lists and sections are written as YAML in the environment too.
- An unknown setting is an error that names it and the nearest known one.
- A duration is a number of seconds, or \`30d\`, \`1h30m\`, \`2w\`.
- Secrets are also read from files: put \`_FILE\` behind the variable's name.
- [deploy/config](../config) has whole configurations to start from.
`

/** The page of all settings, as Markdown. */
export function settingsPage(): string {
  const sections = settingNames.filter((name) => sectionOf(name).properties !== undefined)
  return [
    INTRODUCTION,
    '## All settings\n',
    table(
      ['Setting', 'Environment', 'Type', 'Default', 'Description'],
      settingNames.map((name) => [
        `\`${name}\``,
        `\`${variableOf(name)}\``,
        sections.includes(name) ? `${kindOf(name)}: [${name}](#${name.toLowerCase()})` : typeName(propertyOf(name)),
        defaultOf(name),
        propertyOf(name).description ?? '',
      ]),
    ),
    '## Secrets\n',
    'Each of these may also be in a file, named by the variable with `_FILE` behind it.\n',
    table(
      ['Secret', 'Environment'],
      [
        ...SECRETS.map((name) => [`\`${name}\``, `\`${variableOf(name)}\``]),
        ...innerSecrets({}).map(({ name }) => [`\`${name}\``, `\`${variableOf(name)}\``]),
      ],
    ),
    'Of several providers under `oidc` or `saml`, each has a variable with its `id` inside: `POSTERN_OIDC_<ID>_CLIENT_SECRET`, `POSTERN_SAML_<ID>_PRIVATE_KEY`.\n',
    ...sections.flatMap((name) => [`## ${name}\n`, `${propertyOf(name).description}.\n`, sectionTable(name)]),
  ].join('\n')
}

const schema = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' })

function propertyOf(name: string): JsonSchema {
  return asSchema(schema.properties?.[name])
}

function sectionOf(name: string): JsonSchema {
  const separate = SEPARATE[name]
  if (separate) return z.toJSONSchema(separate, { io: 'input', unrepresentable: 'any' })
  return eachOf(propertyOf(name))
}

/** What a list has in it, and a section itself. */
function eachOf(property: JsonSchema): JsonSchema {
  return property.type === 'array' ? asSchema(property.items) : property
}

function sectionTable(name: string): string {
  return table(['Field', 'Type', 'Default', 'Description'], fieldRows(sectionOf(name)))
}

const kindOf = (name: string) => (propertyOf(name).type === 'array' ? 'list of sections' : 'section')

/** A row for each field; the fields of a section inside it, or of a list of sections, follow with its name and a dot before theirs. */
function fieldRows({ properties = {}, required = [] }: JsonSchema, prefix = ''): string[][] {
  return Object.entries(properties).flatMap(([field, value]) => {
    const each = asSchema(value)
    const type = typeName(each)
    const given = required.includes(field) ? 'required' : shown(each.default, type)
    const row = [`\`${prefix}${field}\``, type, given, each.description ?? '']
    const within = areDescribed(eachOf(each)) ? eachOf(each) : {}
    return [row, ...fieldRows(within, `${prefix}${field}.`)]
  })
}

/** Whether fields say what they are; the list that they are in does where they do not. */
function areDescribed({ properties = {} }: JsonSchema): boolean {
  return Object.values(properties).every((each) => asSchema(each).description !== undefined)
}

/** The default as the schema applies it: transforms hide some of them from the JSON Schema. */
function defaultOf(name: string): string {
  const long = LONG_DEFAULTS[name]
  if (long !== undefined) return long
  const applied: unknown =
    settingsSchema.in.shape[name as keyof typeof settingsSchema.in.shape].safeParse(undefined).data
  return shown(applied, typeName(propertyOf(name)))
}

/** A type as operators write it: the title that its schema has, else JSON's. */
function typeName(property: JsonSchema): string {
  if (property.title !== undefined) return property.title
  if (property.type === 'array') return `list of ${typeName(asSchema(property.items))}`
  if (property.type === 'object' && property.additionalProperties) return 'mapping'
  if (property.type === 'object') return 'section'
  if (property.enum) return property.enum.map((each) => `\`${each}\``).join(', ')
  if (property.anyOf) return property.anyOf.map((each) => typeName(asSchema(each))).join(' or ')
  return JSON_TYPES[String(property.type)] ?? 'text'
}

const JSON_TYPES: Readonly<Record<string, string>> = {
  integer: 'number',
  number: 'number',
  boolean: 'true or false',
  null: 'null',
}

function shown(value: unknown, type: string): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((each) => shown(each, type.replace('list of ', ''))).join(', ')
  if (typeof value === 'number' && type.startsWith('duration')) return `\`${inUnits(value)}\``
  return typeof value === 'object' ? '' : `\`${value}\``
}

/** `604800` → `7d`. */
function inUnits(seconds: number): string {
  const [size, unit] = UNITS.find(([each]) => seconds > 0 && seconds % each === 0) ?? [1, 's']
  return `${seconds / size}${unit}`
}

// biome-ignore format: a table reads in columns
const UNITS = [[86_400, 'd'], [3_600, 'h'], [60, 'm']] as const

function asSchema(value: unknown): JsonSchema {
  return (Array.isArray(value) || typeof value !== 'object' || value === null ? {} : value) as JsonSchema
}

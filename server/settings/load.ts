import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { withoutServiceLinks } from '../core/service-links.js'
import { holdsSecret, innerSecrets } from './inner-secrets.js'
import { didYouMean, explain, formOf } from './mistakes/explain.js'
import { withOpenTelemetry } from './observability/telemetry.js'
import { type Settings, settingNames, settingsSchema } from './schema.js'
import { fromGafaelfawr, type Unused } from './translate/gafaelfawr.js'
import { renameSecrets, renameVariables, unusedVariables } from './translate/variables.js'

/** The configuration is not usable. `problems` names each setting that is wrong and what to do, and quotes no secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Settings that hold secrets: each is also read from a file, `…_FILE`, and none is ever quoted in an error. */
export const SECRETS: readonly string[] = [
  'secret',
  'bootstrapToken',
  'databaseUrl',
  'redisUrl',
  'smtpUrl',
  'alertWebhook',
]
/** Settings that are not one plain text: in the environment they are written as YAML. */
export const STRUCTURED: readonly string[] = [
  'tokenPolicy',
  'warnBefore',
  'knownScopes',
  'groupMapping',
  'proxies',
  'allowSubdomains',
  'updateSchema',
  'delegatedTokensCreate',
  'scopesFollowGroups',
  'quota',
  'limits',
  'tokenCookies',
  'voLogin',
  'foreignTokens',
  'allowOrigins',
  'services',
  'programs',
  'site',
  'oidc',
  'cilogon',
  'keycloak',
  'github',
  'saml',
  'localAccounts',
  'ldap',
  'hstsIncludeSubDomains',
  'audit',
  'alarms',
  'events',
  'notices',
  'reauthenticateWithin',
  'passkeys',
  'oidcServer',
  'deviceLogin',
  'tokenExchange',
  'resourceMetadata',
  'kubernetes',
  'trustedIssuers',
  'telemetry',
  'gafaelfawr',
]
const OTHER_NAMES: Readonly<Record<string, string>> = { databaseUrl: 'DATABASE_URL', redisUrl: 'REDIS_URL' }

/** The path of the file itself. */
const ALSO_KNOWN = ['POSTERN_CONFIG']

/**
 * Reads the settings: the YAML file that `POSTERN_CONFIG` names, and over it the environment. Both may be Gafaelfawr's.
 *
 * @param onUnused is called for each setting of Gafaelfawr's that has no effect here
 * @throws SettingsError naming every setting that is unknown or wrong
 */
export function loadSettings(all: Environment, onUnused: (unused: Unused) => void = () => undefined): Settings {
  const own = renameVariables(withoutServiceLinks(all))
  const problems: string[] = []
  const known = new Set(ALSO_KNOWN)
  const file = fromGafaelfawr(readConfigFile(own.POSTERN_CONFIG, problems), own.POSTERN_BASE_URL)
  const environment = renameSecrets(own, file.given)
  const settings = { ...file.given, ...readEnvironment(environment, known, problems) }
  const given: Record<string, unknown> = { ...settings, telemetry: withOpenTelemetry(settings.telemetry, environment) }
  readInnerSecrets(given, environment, known, problems)
  for (const variable of Object.keys(environment))
    if (variable.startsWith('POSTERN_') && !known.has(variable))
      problems.push(`${variable}: there is no such setting${didYouMean(variable, [...known])}`)
  const result = settingsSchema.safeParse(given)
  const nameOf = (setting: string) => {
    const variable = variableOf(setting)
    return environment[variable] || environment[`${variable}_FILE`] ? variable : setting
  }
  for (const issue of result.error?.issues ?? []) {
    const setting = String(issue.path[0] ?? '')
    problems.push(...explain(issue, given, nameOf).map((each) => `${each}${quoted(setting, given[setting])}`))
  }
  if (problems.length > 0 || !result.data) throw new SettingsError(problems)
  for (const each of [...file.unused, ...unusedVariables(all)]) onUnused(each)
  return result.data
}

function readConfigFile(path: string | undefined, problems: string[]): Record<string, unknown> {
  if (!path) return {}
  const text = readText(path, 'POSTERN_CONFIG', problems)
  if (text === undefined) return {}
  try {
    const document: unknown = parseYaml(text, QUIET) ?? {}
    if (typeof document === 'object' && !Array.isArray(document)) return document as Record<string, unknown>
    problems.push(`${path}: must be a YAML mapping of settings`)
  } catch (error) {
    problems.push(`${path}: is not YAML (${placeOf(error)})`)
  }
  return {}
}

function readEnvironment(environment: Environment, known: Set<string>, problems: string[]): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const name of settingNames) {
    const variable = variableOf(name)
    known.add(variable)
    const text = SECRETS.includes(name) ? readSecret(variable, environment, known, problems) : environment[variable]
    if (!text) continue
    if (!STRUCTURED.includes(name)) given[name] = text
    else {
      const read = readYaml(text)
      if ('problem' in read) problems.push(`${variable}: ${read.problem}; ${formOf(name)}`)
      else given[name] = read.value
    }
  }
  return given
}

/** Reads secrets inside sections from elsewhere, so that the file itself holds none. */
function readInnerSecrets(
  given: Record<string, unknown>,
  environment: Environment,
  known: Set<string>,
  problems: string[],
): void {
  for (const { name, put } of innerSecrets(given)) {
    const variable = variableOf(name)
    const secret = readSecret(variable, environment, known, problems)
    if (secret && !put(secret)) problems.push(`${variable}: the configuration has no section that it belongs to`)
  }
}

/** A secret from its variable, or from the file that the variable with `_FILE` names. */
function readSecret(
  variable: string,
  environment: Environment,
  known: Set<string>,
  problems: string[],
): string | undefined {
  known.add(variable).add(`${variable}_FILE`)
  const text = environment[variable]
  const file = environment[`${variable}_FILE`]
  if (!file) return text
  if (!text) return readText(file, `${variable}_FILE`, problems)?.trim()
  problems.push(`${variable} and ${variable}_FILE are both set: set one of them`)
  return text
}

/** `tokenLifetime` → `POSTERN_TOKEN_LIFETIME`. */
export function variableOf(name: string): string {
  return OTHER_NAMES[name] ?? `POSTERN_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

function readYaml(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: parseYaml(text, QUIET) }
  } catch (error) {
    return { problem: `is not YAML (${placeOf(error)})` }
  }
}

/** Describes a parser's error by kind and place. Its own message quotes the text, and the text may be a secret. */
function placeOf(error: unknown): string {
  const { code = 'it cannot be read', linePos } = error as {
    code?: string
    linePos?: readonly { line: number; col: number }[]
  }
  const [start] = linePos ?? []
  return start ? `${code} in line ${start.line}, column ${start.col}` : code
}

const QUIET = { logLevel: 'error' } as const

function readText(path: string, variable: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    problems.push(`${variable}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
    return undefined
  }
}

/** Adds a text that is wrong as a whole, unless it may be, or have in it, a secret. */
function quoted(setting: string, value: unknown): string {
  const isQuotable = typeof value === 'string' && !SECRETS.includes(setting) && !holdsSecret(setting)
  return isQuotable ? ` (it is "${value}")` : ''
}

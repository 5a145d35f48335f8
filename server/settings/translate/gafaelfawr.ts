import { canParseUrl } from '../../core/can-parse-url.js'

type Section = Record<string, unknown>

/** A setting of Gafaelfawr's file that has no effect here, and the one that has. */
export interface Unused {
  readonly setting: string
  readonly instead: string
}

/** Sections that Helm writes whether they are used or not; one of these keys has a value in those that are. */
const USED_BY: Readonly<Record<string, readonly string[]>> = {
  cilogon: ['clientId', 'clientSecret'],
  github: ['clientId', 'clientSecret', 'organizations'],
  oidc: ['clientId', 'clientSecret', 'issuer'],
  ldap: ['url', 'userBaseDn'],
}
/** Null says of these that the attribute is not looked up; of all others, that nothing is said. */
const NULLABLE = ['nameAttr', 'emailAttr', 'uidAttr', 'gidAttr']

const isOn = (value: unknown): boolean => isSection(value) && value.enabled === true
const isGiven = (value: unknown): boolean => Boolean(value) && !(Array.isArray(value) && value.length === 0)

// biome-ignore format: a table reads in columns
const ELSEWHERE: readonly (readonly [setting: string, isUsed: (value: unknown) => boolean, instead: string])[] = [
  ['metrics',           isOn,    'GET /metrics, for Prometheus'],
  ['sentry',            isOn,    'alertWebhook, and the log'],
  ['slackAlerts',       isGiven, 'alertWebhook (POSTERN_ALERT_WEBHOOK)'],
  ['firestore',         (value) => isSection(value) && isGiven(value.project), 'postern migrate from-gafaelfawr --id-csv, which imports its numbers; those of new users come from ldap.uidAttr, or uidClaim of the provider'],
  ['initialAdmins',     isGiven, 'a group that groupMapping gives admin:token'],
  ['baseInternalUrl',   isGiven, 'internalListen'],
  ['sessionSecret',     isGiven, 'secret (POSTERN_SECRET)'],
  ['redisEphemeralUrl', isGiven, 'redisUrl, for everything'],
  ['redisPassword',     isGiven, 'the password within redisUrl'],
  ['databasePassword',  isGiven, 'the password within databaseUrl'],
  ['internalDatabase',  isGiven, 'databaseUrl; without it Postern starts a PostgreSQL of its own'],
]

/**
 * Translates a file of Gafaelfawr's settings: what its Helm chart has under `config`. A setting that is called the same is left
 * as it is, another one is renamed where it has a meaning here, and the rest is left out and named. A file of Postern's own
 * has none of them and stays as it is.
 *
 * @param baseUrl where the file does not give it
 */
export function fromGafaelfawr(
  file: Section,
  baseUrl?: string,
): { readonly given: Section; readonly unused: Unused[] } {
  const unused: Unused[] = []
  const given = withoutNulls(file)
  for (const [name, keys] of Object.entries(USED_BY)) {
    const section = given[name]
    if (isSection(section) && !keys.some((key) => isGiven(section[key]))) delete given[name]
    else if (isSection(section)) given[name] = withoutNulls(section)
  }
  if (isSection(given.oidcServer)) given.oidcServer = withoutNulls(given.oidcServer)
  if (given.logLevel === 'CRITICAL') given.logLevel = 'error'
  rename(given, 'slackWebhook', 'alertWebhook')
  if (given.alertWebhook !== undefined) delete given.slackAlerts
  translateStores(given)
  // The section of the Gafaelfawr to take over from: its addresses may be copied as they are.
  const { gafaelfawr } = given
  if (isSection(gafaelfawr)) {
    const former = withoutNulls(gafaelfawr)
    translateStores(former)
    given.gafaelfawr = former
  }
  for (const [setting, isUsed, instead] of ELSEWHERE) {
    if (isUsed(given[setting])) unused.push({ setting, instead })
    delete given[setting]
  }
  const callback = `${String(given.baseUrl ?? baseUrl ?? '').replace(/\/$/, '')}/login`
  for (const name of ['oidc', 'cilogon']) unused.push(...leaveOut(given, name, callback))
  const { ldap } = given
  if (isSection(ldap)) {
    const { kerberosConfig, useKerberos, ...rest } = ldap
    if (isGiven(kerberosConfig ?? useKerberos))
      unused.push({ setting: 'ldap.kerberosConfig', instead: 'ldap.userDn with POSTERN_LDAP_PASSWORD, over TLS' })
    given.ldap = rest
  }
  return { given, unused }
}

/** Translates the addresses of the stores, and puts the passwords beside them into them. */
function translateStores(given: Section): void {
  rename(given, 'redisPersistentUrl', 'redisUrl')
  movePassword(given, 'redisPassword', 'redisUrl')
  rename(given, 'databaseUrl', 'databaseUrl', (url) => url.replace(/^postgresql\+\w+:/, 'postgresql:'))
  movePassword(given, 'databasePassword', 'databaseUrl')
}

/** Takes out of a provider's section what it has for Gafaelfawr alone. */
function leaveOut(given: Section, name: string, callback: string): Unused[] {
  const section = given[name]
  if (!isSection(section)) return []
  const { redirectUrl, audience, ...rest } = section
  const isOther = isGiven(audience) && audience !== section.clientId
  given[name] = rest
  return [
    ...(isGiven(redirectUrl) && redirectUrl !== callback
      ? [{ setting: `${name}.redirectUrl`, instead: `${callback}, registered at the provider` }]
      : []),
    ...(isOther ? [{ setting: `${name}.audience`, instead: 'clientId: ID tokens for others are refused' }] : []),
  ]
}

function rename(given: Section, from: string, to: string, change = (text: string) => text): void {
  const value = given[from]
  if (typeof value !== 'string') return
  if (from !== to) delete given[from]
  if (from === to || given[to] === undefined) given[to] = change(value)
}

/** Puts a password into the URL that it is for, unless that has one. */
function movePassword(given: Section, from: string, to: string): void {
  const { [from]: password, [to]: url } = given
  if (typeof password !== 'string' || typeof url !== 'string' || !canParseUrl(url)) return
  const at = new URL(url)
  if (at.password === '') at.password = encodeURIComponent(password)
  given[to] = at.href
  delete given[from]
}

function withoutNulls(section: Section): Section {
  return Object.fromEntries(Object.entries(section).filter(([key, value]) => value !== null || NULLABLE.includes(key)))
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

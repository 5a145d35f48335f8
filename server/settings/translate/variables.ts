import type { Unused } from './gafaelfawr.js'

type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'GAFAELFAWR_'

/** Variables of the same meaning. */
const SAME: Readonly<Record<string, string>> = {
  AFTER_LOGOUT_URL: 'POSTERN_AFTER_LOGOUT_URL',
  BASE_URL: 'POSTERN_BASE_URL',
  BOOTSTRAP_TOKEN: 'POSTERN_BOOTSTRAP_TOKEN',
  CONFIG_PATH: 'POSTERN_CONFIG',
  SLACK_WEBHOOK: 'POSTERN_ALERT_WEBHOOK',
}

/** Secrets of a section of the file, which count where the file has the section. */
const IN_SECTION: Readonly<Record<string, readonly [section: string, variable: string]>> = {
  CILOGON_CLIENT_SECRET: ['cilogon', 'POSTERN_CILOGON_CLIENT_SECRET'],
  GITHUB_CLIENT_SECRET: ['github', 'POSTERN_GITHUB_CLIENT_SECRET'],
  LDAP_PASSWORD: ['ldap', 'POSTERN_LDAP_PASSWORD'],
  OIDC_CLIENT_SECRET: ['oidc', 'POSTERN_OIDC_CLIENT_SECRET'],
  OIDC_SERVER_CLIENTS: ['oidcServer', 'POSTERN_OIDC_SERVER_CLIENTS'],
  OIDC_SERVER_KEY: ['oidcServer', 'POSTERN_OIDC_SERVER_KEY'],
}

const OF_THE_STORES = 'of stores of Postern’s own; postern migrate from-gafaelfawr reads Gafaelfawr’s'

/**
 * Variables without effect, and what has one. Those of the stores are never taken over: a Postern that was started in
 * Gafaelfawr's environment would migrate Gafaelfawr's database.
 */
const ELSEWHERE: Readonly<Record<string, string>> = {
  BASE_INTERNAL_URL: 'POSTERN_INTERNAL_LISTEN',
  DATABASE_PASSWORD: `the password within DATABASE_URL, ${OF_THE_STORES}`,
  DATABASE_URL: `DATABASE_URL, ${OF_THE_STORES}`,
  OIDC_SERVER_ISSUER: 'oidcServer.issuer of the file; without it the site’s address',
  REDIRECT_URL: 'the callback <baseUrl>/login, registered at the provider',
  REDIS_EPHEMERAL_URL: `REDIS_URL, ${OF_THE_STORES}`,
  REDIS_PASSWORD: `the password within REDIS_URL, ${OF_THE_STORES}`,
  REDIS_PERSISTENT_URL: `REDIS_URL, ${OF_THE_STORES}`,
  SESSION_SECRET: 'POSTERN_SECRET, a secret of Postern’s own; Gafaelfawr’s is for reading what it has stored',
}

/** Adds the variables of Gafaelfawr that need no section, by Postern's names. Postern's own variables win. */
export function renameVariables(environment: Environment): Environment {
  return { ...environment, ...renamed(environment, Object.entries(SAME)) }
}

/** Adds the secrets of the sections that the file has, in the same way. */
export function renameSecrets(environment: Environment, file: Readonly<Record<string, unknown>>): Environment {
  const names = Object.entries(IN_SECTION).flatMap(([name, [section, variable]]) =>
    file[section] === undefined ? [] : [[name, variable] as const],
  )
  return { ...environment, ...renamed(environment, names) }
}

/** Names the variables of Gafaelfawr that have no effect here, once each. */
export function unusedVariables(environment: Environment): Unused[] {
  return Object.entries(ELSEWHERE)
    .filter(([name]) => environment[PREFIX + name])
    .map(([name, instead]) => ({ setting: PREFIX + name, instead }))
}

function renamed(environment: Environment, names: readonly (readonly [from: string, to: string])[]): Environment {
  return Object.fromEntries(
    names
      .filter(([from, to]) => environment[PREFIX + from] && !environment[to] && !environment[`${to}_FILE`])
      .map(([from, to]) => [to, environment[PREFIX + from]]),
  )
}

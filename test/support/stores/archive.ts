import { readFileSync } from 'node:fs'
import type { Scope } from '../../../server/core/token/scope.js'
import { loadPrograms } from '../../../server/programs/load.js'
import { RUBIN_SCOPES } from '../../../server/settings/rubin.js'
import { type PosternOptions, type RunningPostern, startPostern } from '../postern.js'

export const EXCLUSIVE = 'exclusive_access' as Scope

/** Settings of a site that has programs, whose data are in `/data/<program>/`, and by the addresses of MAST's downloads. */
export const ARCHIVE_SETTINGS = {
  knownScopes: {
    ...RUBIN_SCOPES,
    'admin:programs': 'Can load programs and manage who may read their data',
    [EXCLUSIVE]: 'Can read data before they are public',
  },
  groupMapping: {
    'admin:programs': ['archive-staff'],
    'admin:token': ['admins'],
    'read:tap': ['users'],
    [EXCLUSIVE]: ['users'],
  },
  programs: {
    scope: EXCLUSIVE,
    pattern: '/data/(?<program>[^/]+)/.*',
    parameters: { uri: 'mast:(?<program>[^/]+)/.*', product_name: '(?<program>[^/]+)/.*' },
  },
}

export function startArchive(options: PosternOptions = {}): Promise<RunningPostern> {
  return startPostern({ ...options, settings: { ...ARCHIVE_SETTINGS, ...options.settings } })
}

/** The proxies that have a configuration for an archive. */
export const ARCHIVE_PROXIES = ['nginx', 'caddy', 'haproxy'] as const

/** The shipped configuration of a proxy for an archive, with its files served at a port. */
export function shippedArchive(proxy: (typeof ARCHIVE_PROXIES)[number]): (port: number) => string {
  const file = {
    nginx: 'nginx/postern/archive.conf',
    caddy: 'caddy/postern/archive.caddy',
    haproxy: 'haproxy/archive.cfg',
  }[proxy]
  const shipped = readFileSync(new URL(`../../../deploy/${file}`, import.meta.url), 'utf8')
  return (port) => shipped.replaceAll('127.0.0.1:8084', `127.0.0.1:${port}`)
}

/** Loads programs in the words of a bulk load. */
export async function load(postern: RunningPostern, ...programs: readonly object[]): Promise<unknown> {
  async function* rows() {
    for (const [index, value] of programs.entries()) yield { line: index + 1, value }
  }
  const loaded = await loadPrograms(postern.context, rows(), { username: 'archive' })
  if (!('created' in loaded)) throw new Error(JSON.stringify(loaded))
  return loaded
}

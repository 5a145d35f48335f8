export type Program =
  | 'apacheOpenIdc'
  | 'astroquery'
  | 'authlib'
  | 'caddy'
  | 'canfar'
  | 'chromium'
  | 'curl'
  | 'dachs'
  | 'envoy'
  | 'git'
  | 'hadolint'
  | 'haproxy'
  | 'hubProxy'
  | 'jupyterhub'
  | 'newAstroquery'
  | 'newCaddy'
  | 'nginx'
  | 'oauth2Proxy'
  | 'oauthenticator'
  | 'pgbouncer'
  | 'pyvo'
  | 'schemathesis'
  | 'simplesamlphp'
  | 'slapd'
  | 'stilts'
  | 'strace'
  | 'systemd'
  | 'wget'

interface SystemPackage {
  readonly package: string
  /** PyPI, by pip; Go's modules, by go; Debian, by apt-get, when not given. */
  readonly source?: 'pip' | 'go'
  isInstalled(): boolean
  /** Whether it is made for this machine at all; it is when not given. */
  isOffered?(): boolean
}

export const systemPackages: Readonly<Record<Program, SystemPackage>>
export function installMissing(): Promise<void>

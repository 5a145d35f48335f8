export type Program =
  | 'apacheOpenIdc'
  | 'astroquery'
  | 'authlib'
  | 'caddy'
  | 'canfar'
  | 'chromium'
  | 'cryptography'
  | 'curl'
  | 'dachs'
  | 'envoy'
  | 'git'
  | 'hadolint'
  | 'helm'
  | 'haproxy'
  | 'hubProxy'
  | 'javac'
  | 'julia'
  | 'jupyterhub'
  | 'keyring'
  | 'newAstroquery'
  | 'newCaddy'
  | 'nginx'
  | 'oauth2Proxy'
  | 'oauthenticator'
  | 'oldStil'
  | 'otelcol'
  | 'pgbouncer'
  | 'powershell'
  | 'prometheus'
  | 'postgres15'
  | 'pysaml2'
  | 'python'
  | 'pyvo'
  | 'requests'
  | 'rHttr2'
  | 'schemathesis'
  | 'simplesamlphp'
  | 'slapd'
  | 'stil'
  | 'stilts'
  | 'strace'
  | 'systemd'
  | 'wget'
  | 'xmlsec1'
  | 'zsh'

interface SystemPackage {
  readonly package: string
  /** PyPI, by pip; Go's modules, by go; Maven Central, by mvn; Debian, by apt-get, when not given. Elsewhere: nothing here has it. */
  readonly source?: 'pip' | 'go' | 'maven' | 'elsewhere'
  isInstalled(): boolean
  /** Whether it is made for this machine at all; it is when not given. */
  isOffered?(): boolean
}

export const PYTHON: string
export const systemPackages: Readonly<Record<Program, SystemPackage>>
export function installMissing(): Promise<void>

import { existsSync } from 'node:fs'
import { aptGet, install } from '../../../deploy/set-up/apt.mjs'
import { findProgram } from '../../../deploy/set-up/find-program.mjs'
import { say } from '../../../deploy/set-up/step.mjs'
import { installModules, moduleRow } from './go.mjs'
import { installJars, jarRow } from './jars.mjs'
import { installWheels, wheelRow } from './wheels.mjs'

/** Debian's, whatever other `python3` comes first on the PATH. */
export const PYTHON = '/usr/bin/python3'
/** Debian's pyVO and astroquery belong to Debian's Python, whatever other `python3` comes first on the PATH. */
const PYVO = '/usr/lib/python3/dist-packages/pyvo/__init__.py'
const ASTROQUERY = '/usr/lib/python3/dist-packages/astroquery/__init__.py'

/**
 * DaCHS itself and the PostgreSQL extensions that it uses. Not `gavodachs2-server`, which is the same DaCHS with a system
 * service around it: it needs a running database while it is installed, and takes port 8080.
 */
const DACHS = 'python3-gavo postgresql-pgsphere postgresql-q3c'

/** Apache without its service, and the relying party that most data centres have. */
const APACHE = 'apache2-bin libapache2-mod-auth-openidc'
const OPENIDC = '/usr/lib/apache2/modules/mod_auth_openidc.so'

/** The hub, and the notebook server that it starts. */
const JUPYTER = 'jupyterhub jupyter-server'

/** The keyring of a desktop, its command line, and the bus on which they meet. */
const KEYRING = 'gnome-keyring libsecret-tools dbus-daemon'
const KEYRING_PROGRAMS = ['gnome-keyring-daemon', 'secret-tool', 'dbus-daemon']

/** With PHP's own server; `php-cgi`, because Debian's `php` brings Apache otherwise. */
const SIMPLESAMLPHP = 'simplesamlphp php-cgi php-cli php-xml'
const SAML_PAGES = '/usr/share/simplesamlphp/www/module.php'

/** Fernet, with which Gafaelfawr encrypts. */
const REQUESTS = '/usr/lib/python3/dist-packages/requests/__init__.py'
const FERNET = '/usr/lib/python3/dist-packages/cryptography/fernet.py'

/** R with its HTTP client. */
const HTTR2 = '/usr/lib/R/site-library/httr2/DESCRIPTION'

const onPath = (name) => () => findProgram(name) !== undefined

/** The row of a program that no package here has: a suite runs where a machine brings it. */
function elsewhere(program, name) {
  return { package: name, source: 'elsewhere', isInstalled: onPath(program), isOffered: () => false }
}

/** What suites need besides npm's packages: the packages that it comes in, Debian's, PyPI's, Go's or Maven's, and what proves that it is there. */
// biome-ignore format: a table
export const systemPackages = {
  apacheOpenIdc: { package: APACHE,            isInstalled: () => existsSync(OPENIDC) },
  astroquery: { package: 'python3-astroquery', isInstalled: () => existsSync(ASTROQUERY) },
  authlib:    wheelRow('authlib'),
  caddy:      { package: 'caddy',              isInstalled: onPath('caddy') },
  canfar:     wheelRow('canfar'),
  chromium:   { package: 'chromium',           isInstalled: onPath('chromium') },
  cryptography: { package: 'python3-cryptography', isInstalled: () => existsSync(FERNET) },
  curl:       { package: 'curl',               isInstalled: onPath('curl') },
  dachs:      { package: DACHS,                isInstalled: onPath('dachs') },
  envoy:      wheelRow('envoy'),
  hubProxy:   { package: 'node-configurable-http-proxy', isInstalled: onPath('configurable-http-proxy') },
  git:        { package: 'git',                isInstalled: onPath('git') },
  hadolint:   wheelRow('hadolint'),
  haproxy:    { package: 'haproxy',            isInstalled: onPath('haproxy') },
  helm:       wheelRow('helm'),
  jupyterhub: { package: JUPYTER,              isInstalled: onPath('jupyterhub-singleuser') },
  keyring:    { package: KEYRING,              isInstalled: () => KEYRING_PROGRAMS.every((name) => onPath(name)()) },
  newAstroquery: wheelRow('newAstroquery'),
  newCaddy:   wheelRow('newCaddy'),
  julia:      elsewhere('julia', 'Julia'),
  javac:      { package: 'default-jdk-headless', isInstalled: onPath('javac') },
  nginx:      { package: 'nginx-light',        isInstalled: onPath('nginx') },
  oauth2Proxy: moduleRow('oauth2Proxy'),
  otelcol:    moduleRow('otelcol'),
  oauthenticator: wheelRow('oauthenticator'),
  pgbouncer:  { package: 'pgbouncer',          isInstalled: onPath('pgbouncer') },
  powershell: elsewhere('pwsh', 'PowerShell'),
  prometheus: { package: 'prometheus',         isInstalled: onPath('promtool') },
  postgres15: { package: 'postgresql-15',      isInstalled: () => existsSync('/usr/lib/postgresql/15/bin/postgres') },
  pysaml2:    wheelRow('pysaml2'),
  python:     { package: 'python3',            isInstalled: () => existsSync(PYTHON) },
  requests:   { package: 'python3-requests',   isInstalled: () => existsSync(REQUESTS) },
  pyvo:       { package: 'python3-pyvo',       isInstalled: () => existsSync(PYVO) },
  rHttr2:     { package: 'r-cran-httr2',       isInstalled: () => existsSync(HTTR2) },
  schemathesis: wheelRow('schemathesis'),
  simplesamlphp: { package: SIMPLESAMLPHP,     isInstalled: () => existsSync(SAML_PAGES) && onPath('php')() },
  slapd:      { package: 'slapd',              isInstalled: onPath('slapd') },
  stilts:     { package: 'stilts',             isInstalled: onPath('stilts') },
  oldStil:    jarRow('oldStil'),
  stil:       jarRow('stil'),
  strace:     { package: 'strace',             isInstalled: onPath('strace') },
  systemd:    { package: 'systemd',            isInstalled: onPath('systemd-analyze') },
  wget:       { package: 'wget',               isInstalled: onPath('wget') },
  xmlsec1:    { package: 'xmlsec1',            isInstalled: onPath('xmlsec1') },
  zsh:        { package: 'zsh',                isInstalled: onPath('zsh') },
}

/**
 * Installs what is missing, where that is possible. Where it is not, the suites that need it are skipped by name, and fail
 * under CI=true. POSTERN_TEST_NO_INSTALL=1 leaves the machine as it is.
 */
export async function installMissing() {
  if (process.env.POSTERN_TEST_NO_INSTALL === '1') return
  installWheels()
  installModules()
  installJars()
  const missing = Object.values(systemPackages).filter(
    ({ source, isInstalled }) => source === undefined && !isInstalled(),
  )
  if (missing.length === 0) return
  const names = missing.flatMap((row) => row.package.split(' '))
  const apt = aptGet()
  if (!apt) {
    say(`Some suites need packages that are missing: sudo apt-get install ${names.join(' ')}`)
    return
  }
  say(`Installing for the tests: ${names.join(', ')} …`)
  try {
    await install(apt, names)
  } catch (error) {
    say(`${error.output ?? ''}\n${error.message} The suites that need them are skipped.`.trim())
  }
}

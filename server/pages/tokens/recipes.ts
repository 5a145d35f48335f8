import type { Scope } from '../../core/token/scope.js'
import type { Settings } from '../../settings/schema.js'
import type { Prose } from '../../words/prose.js'

/** How to use a token in one program, step by step, ready to copy. */
export interface Recipe {
  /** For the page's anchors. */
  readonly id: string
  readonly title: string
  readonly steps: readonly Step[]
}

/** Something to read, or something to copy; `label` says to a screen reader what the Copy button copies. */
export type Step = { readonly text: Prose } | { readonly code: string; readonly label: string }

export interface Site {
  /** The whole token, `gt-….…`. */
  readonly token: string
  /** Where the site's TAP service is, without a slash at the end. */
  readonly tapUrl: string
  /** The realm that a password dialog shows: the host of the challenge. */
  readonly realm: string
  /** The address of an archive whose exclusive data the token reads, without a slash at the end. */
  readonly archive?: string
  /** Whether the token is for an archive alone, and cannot query. */
  readonly withoutTap?: boolean
}

const QUERY = 'SELECT TOP 10 table_name FROM tap_schema.tables'
/** A query, because the list of tables is open at most sites: it would answer without a token, too. */
const QUERY_FORM = `-d REQUEST=doQuery -d LANG=ADQL -d FORMAT=csv --data-urlencode "QUERY=${QUERY}"`

/** Recipes for the programs that astronomers use, in the order in which they ask for them. */
export function recipes(site: Site): readonly Recipe[] {
  const { archive } = site
  if (archive === undefined)
    return [topcat(site), stilts(site), pyvo(site), astroquery(site), curl(site), netrc(site), environment(site)]
  const files = [mast(site.token, archive), download(site.token, archive)]
  return site.withoutTap ? files : [topcat(site), stilts(site), pyvo(site), ...files, netrc(site), environment(site)]
}

/** What the recipes of a new token need to know of its site and of its scopes. */
export function recipeSite(
  { baseUrl, site, programs }: Pick<Settings, 'baseUrl' | 'site' | 'programs'>,
  token: string,
  scopes: readonly Scope[],
): Site {
  const isForArchive = programs !== undefined && scopes.includes(programs.scope)
  const queries = scopes.includes('read:tap' as Scope) || site.tapUrl !== undefined
  return {
    token,
    tapUrl: (site.tapUrl ?? new URL('/tap', baseUrl)).href,
    realm: baseUrl.hostname,
    ...(isForArchive && { archive: baseUrl.origin, withoutTap: !queries }),
  }
}

function topcat({ token, tapUrl, realm }: Site): Recipe {
  return {
    id: 'topcat',
    title: 'TOPCAT',
    steps: [
      say('In the menu ', { strong: 'VO' }, ' choose ', { strong: 'Table Access Protocol (TAP) Query' }, '.'),
      say('Paste this address as ', { strong: 'TAP URL' }, ' and press ', { strong: 'Use Service' }, '.'),
      copy('TAP URL', tapUrl),
      say(`When TOPCAT asks for a user and a password for ${realm}, the user is always this:`),
      copy('user', 'x-oauth-basic'),
      say('The password is the token:'),
      copy('password', token),
    ],
  }
}

function stilts({ token, tapUrl }: Site): Recipe {
  const query = `tapquery tapurl=${quoted(tapUrl)} adql="${QUERY}" sync=true`
  return {
    id: 'stilts',
    title: 'STILTS',
    steps: [
      say('With STILTS 3.5 or newer:'),
      copy('command', `stilts -Dauth.username=x-oauth-basic -Dauth.password=${token} ${query}`),
      say('With an older one (', { code: 'stilts -version' }, ' says which you have):'),
      copy('command', `stilts -Dstar.basicauth.user=x-oauth-basic -Dstar.basicauth.password=${token} ${query}`),
      say(
        'On a machine that others use too, they can see the command while it runs. Put the token in a file that only you can read and, with STILTS 3.5, write ',
        { code: '-Dauth.password=@file' },
        '.',
      ),
      say('An older one uploads no tables. A 401 without a reason means that the token is not valid: create another.'),
    ],
  }
}

function pyvo({ token, tapUrl }: Site): Recipe {
  const lines = [
    'import pyvo',
    'import requests',
    '',
    'session = requests.Session()',
    `session.headers["Authorization"] = "Bearer ${token}"`,
    '',
    `tap = pyvo.dal.TAPService(${JSON.stringify(tapUrl)}, session=session)`,
    `print(tap.search("${QUERY}").to_table())`,
  ]
  const authSession = [
    'from pyvo.auth import AuthSession',
    'from pyvo.auth.securitymethods import BASIC',
    '',
    'session = AuthSession()',
    `session.credentials.set_password("x-oauth-basic", "${token}")`,
    `session.add_security_method_for_url(${JSON.stringify(new URL(tapUrl).origin)}, BASIC)`,
  ]
  return {
    id: 'pyvo',
    title: 'pyVO',
    steps: [
      say('Give pyVO a session that sends the token:'),
      copy('program', lines.join('\n')),
      say(
        'In a program that you share or publish, take the token from an environment variable instead. A line for this site in ',
        { code: '~/.netrc' },
        ' would be sent in place of the header.',
      ),
      say(
        'A session of pyVO’s own sends the token only where it is told to. Name the whole site: jobs are at other addresses than the service.',
      ),
      copy('program', authSession.join('\n')),
    ],
  }
}

function astroquery(site: Site): Recipe {
  return {
    id: 'astroquery',
    title: 'astroquery',
    steps: [
      say(
        'Most of astroquery talks through python-requests, which looks up the token in ',
        { code: '~/.netrc' },
        '. Add these lines to that file:',
      ),
      copy('lines', netrcLines(site)),
      say('Let nobody else read it:'),
      copy('command', 'chmod 600 ~/.netrc'),
      say(
        'From then on, most of what astroquery asks of ',
        { code: hostOf(site) },
        ' carries the token. Its ',
        { code: 'astroquery.utils.tap' },
        ' does not, and its ',
        { code: 'login()' },
        ' is for other sites: query with pyVO instead.',
      ),
    ],
  }
}

/** Attack: `conf.server` in a program leaves the objects of the import at MAST, and `login()` sends them the token. */
function mast(token: string, archive: string): Recipe {
  return {
    id: 'astroquery',
    title: 'astroquery',
    steps: [
      say('Before Python starts, write these lines into ', { code: '~/.astropy/config/astroquery.cfg' }, ':'),
      copy('lines', `[mast]\nserver = ${archive}`),
      say('astroquery takes the token from the environment, and so do the download scripts of the archive:'),
      copy('command', `export MAST_API_TOKEN=${token}`),
      say('Then, in Python, with the address of a file:'),
      copy(
        'program',
        'from astroquery.mast import Observations\n\nObservations.login()\nObservations.download_file("mast:…")',
      ),
      say(
        { strong: 'Do not set conf.server in a program' },
        ' instead of the file: astroquery would send this token to mast.stsci.edu.',
      ),
    ],
  }
}

/** Attack: every user of a machine sees its command lines, in `ps`. So curl reads the token from its standard input. */
function download(token: string, archive: string): Recipe {
  const address = quoted(`${archive}/api/v0.1/Download/file?uri=mast:…`)
  return {
    id: 'curl',
    title: 'curl',
    steps: [
      say(
        'With the address of a file. The token is on the standard input: other users of the machine see command lines.',
      ),
      copy(
        'command',
        `curl --config - --fail --remote-header-name --remote-name ${address} <<'END'\noauth2-bearer = "${token}"\nEND`,
      ),
    ],
  }
}

/** Attack: every user of a machine sees its command lines, in `ps`. So curl reads the token from its standard input. */
function curl({ token, tapUrl }: Site): Recipe {
  const lines = [
    'curl --config - \\',
    `  ${QUERY_FORM} \\`,
    `  ${quoted(`${tapUrl}/sync`)} <<'END'`,
    `oauth2-bearer = "${token}"`,
    'END',
  ]
  return {
    id: 'curl',
    title: 'curl',
    steps: [
      say('Ask for ten rows as CSV. The token is on the standard input: other users of the machine see command lines.'),
      copy('command', lines.join('\n')),
    ],
  }
}

function netrc(site: Site): Recipe {
  return {
    id: 'netrc',
    title: '.netrc',
    steps: [
      say('curl, wget, git and Python look for passwords in ', { code: '~/.netrc' }, '. Add these lines to it:'),
      copy('lines', netrcLines(site)),
      say('Let nobody else read it:'),
      copy('command', 'chmod 600 ~/.netrc'),
      say('Then, for example:'),
      copy('command', `curl --netrc ${QUERY_FORM} ${quoted(`${site.tapUrl}/sync`)}`),
      say('python-requests prefers these lines even to a header that a program sets itself.'),
    ],
  }
}

function environment({ token, tapUrl }: Site): Recipe {
  return {
    id: 'environment',
    title: 'Environment',
    steps: [
      say('For scripts, keep the token out of the program:'),
      copy('command', `export ACCESS_TOKEN=${token}`),
      say('In a shell:'),
      copy(
        'command',
        `printf 'oauth2-bearer = "%s"\\n' "$ACCESS_TOKEN" | curl --config - ${QUERY_FORM} ${quoted(`${tapUrl}/sync`)}`,
      ),
      say('In Python:'),
      copy('program', 'import os\n\ntoken = os.environ["ACCESS_TOKEN"]'),
    ],
  }
}

function netrcLines(site: Site): string {
  return `machine ${hostOf(site)}\nlogin x-oauth-basic\npassword ${site.token}`
}

/** A `.netrc` names a host without its port. */
function hostOf({ tapUrl }: Site): string {
  return new URL(tapUrl).hostname
}

/** Quotes a text as one word for a shell. */
function quoted(word: string): string {
  return /^[\w:/.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function say(...text: Prose): Step {
  return { text }
}

function copy(label: string, code: string): Step {
  return { label, code }
}

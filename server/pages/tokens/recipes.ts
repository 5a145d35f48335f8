import type { Prose } from '../shared/format/prose.js'

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
}

const QUERY = 'SELECT TOP 10 table_name FROM tap_schema.tables'
/** A query, because the list of tables is open at most sites: it would answer without a token, too. */
const QUERY_FORM = `-d REQUEST=doQuery -d LANG=ADQL -d FORMAT=csv --data-urlencode "QUERY=${QUERY}"`

/** Recipes for the programs that astronomers use, in the order in which they ask for them. */
export function recipes(site: Site): readonly Recipe[] {
  return [topcat(site), stilts(site), pyvo(site), astroquery(site), curl(site), netrc(site), environment(site)]
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
      say('From then on, whatever astroquery asks of ', { code: hostOf(site) }, ' carries the token.'),
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

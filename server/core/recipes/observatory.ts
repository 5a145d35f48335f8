import { literal, shellWord } from './quote.js'
import { copy, type RecipeRule, text } from './recipe.js'
import { intoEnvironment, intoFile, intoNetrc } from './secret-steps.js'

/* Recipes for programs of the Virtual Observatory, which query by TAP. */

export const QUERY = 'SELECT TOP 10 table_name FROM tap_schema.tables'

export const topcat: RecipeRule = {
  id: 'topcat',
  title: 'TOPCAT',
  names: ['topcat'],
  service: 'tap',
  steps: ({ tapUrl, token }) => [
    text('recipes.topcat.menu'),
    text('recipes.topcat.address'),
    copy('address', tapUrl),
    text('recipes.topcat.user', { host: new URL(tapUrl).hostname }),
    copy('user', 'x-oauth-basic'),
    text('recipes.secret.password'),
    copy('password', token),
  ],
}

export const stilts: RecipeRule = {
  id: 'stilts',
  title: 'STILTS',
  names: ['stilts'],
  service: 'tap',
  steps: (kitchen) => {
    const query = `tapquery tapurl=${shellWord(kitchen.tapUrl)} adql="${QUERY}" sync=true`
    const options = '-Dauth.username=x-oauth-basic -Dauth.password=@"$HOME/.access_token"'
    const lines = `-Dstar.basicauth.user=x-oauth-basic\n-Dstar.basicauth.password=${kitchen.token}`
    return [
      ...intoFile(kitchen),
      text('recipes.stilts.newer'),
      copy('command', `stilts ${options} ${query}`),
      text('recipes.stilts.older', { command: 'stilts -version', file: '~/.stilts-login' }),
      copy('command', 'touch ~/.stilts-login && chmod 600 ~/.stilts-login'),
      text('recipes.secret.lines', { file: '~/.stilts-login' }),
      copy('lines', lines),
      text('recipes.stilts.run'),
      copy('command', `stilts -J@"$HOME/.stilts-login" ${query}`),
      text('recipes.stilts.notes'),
    ]
  },
}

/**
 * Attack: a row's `access_url` may name any host, as DataLink and mirrors do, and a header of the session goes to each of them. So
 * the session asks a function, which knows the one site that is told the token.
 */
export function pyvoSession(tapUrl: string): string {
  return [
    'import os',
    '',
    'import pyvo',
    'import requests',
    '',
    '',
    'def token(request):',
    `    if request.url.startswith(${literal(`${new URL(tapUrl).origin}/`)}):`,
    '        request.headers["Authorization"] = "Bearer " + os.environ["ACCESS_TOKEN"]',
    '    return request',
    '',
    '',
    'session = requests.Session()',
    'session.auth = token',
  ].join('\n')
}

export const pyvo: RecipeRule = {
  id: 'pyvo',
  title: 'pyVO',
  names: ['pyvo'],
  service: 'tap',
  forServices: true,
  steps: (kitchen) => [
    ...intoEnvironment('ACCESS_TOKEN', kitchen),
    text('recipes.pyvo.session'),
    copy(
      'program',
      `${pyvoSession(kitchen.tapUrl)}\n\ntap = pyvo.dal.TAPService(${literal(kitchen.tapUrl)}, session=session)\nprint(tap.search(${literal(QUERY)}).to_table())`,
    ),
    text('recipes.pyvo.hosts'),
  ],
}

export const astroquery: RecipeRule = {
  id: 'astroquery',
  title: 'astroquery',
  names: ['astroquery'],
  service: 'tap',
  steps: (kitchen) => [
    text('recipes.astroquery.netrc', { file: '~/.netrc' }),
    ...intoNetrc(kitchen, kitchen.tapUrl),
    text('recipes.astroquery.notes', {
      host: new URL(kitchen.tapUrl).hostname,
      module: 'astroquery.utils.tap',
      call: 'login()',
    }),
  ],
}

export const aladin: RecipeRule = {
  id: 'aladin',
  title: 'Aladin',
  names: ['aladin'],
  service: 'tap',
  steps: ({ tapUrl, token }) => [
    text('recipes.aladin.menu'),
    copy('address', tapUrl),
    text('recipes.aladin.user'),
    copy('user', 'x-oauth-basic'),
    text('recipes.secret.password'),
    copy('password', token),
  ],
}

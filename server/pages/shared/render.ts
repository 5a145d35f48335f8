import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Response } from 'express'
import { type Fixtures, helpers } from './helpers.js'
import type { Views } from './views.js'

/** Answers with a page. The status is the response's own, set before. */
export type Render = <V extends keyof Views>(response: Response, view: V, model: Views[V]) => Promise<void>

/** The shell of a view: the page's title, its menu entry, and its optional scripts. */
interface PageShell<Model> {
  readonly title: (model: Model) => string
  readonly menu?: 'tokens' | 'account' | 'programs' | 'admin'
  readonly scripts: readonly string[]
}

// The same folder from server/pages and from dist/pages.
const FOLDER = fileURLToPath(new URL('../../../views/', import.meta.url))

/** On every page. */
const SCRIPTS = ['times', 'menu', 'forms'] as const

// biome-ignore format: a table reads in columns
const PAGE_SHELLS: { readonly [V in keyof Views]: PageShell<Views[V]> } = {
  'sign-in/sign-in':             { title: (page) => `${page.error ? 'Error: ' : ''}Sign in`,                 scripts: ['passkey'] },
  'sign-in/passkey':             { title: (page) => `${page.error ? 'Error: ' : ''}Use your passkey`,        scripts: ['passkey'] },
  'sign-in/again':               { title: (page) => `${page.error ? 'Error: ' : ''}Sign in again`,           scripts: ['passkey'] },
  'sign-in/resume':              { title: () => 'Go on where you were?',                                     scripts: [] },
  'sign-in/onward':              { title: ({ title }) => `Continue to ${title}`,                             scripts: ['onward'] },
  'sign-in/sign-out':            { title: () => 'Sign out',                                                  scripts: [] },
  'sign-in/new-password':        { title: (page) => `${page.error ? 'Error: ' : ''}Choose a new password`,   scripts: [] },
  'tokens/list':                 { title: () => 'Security Tokens',                           menu: 'tokens', scripts: ['confirm'] },
  'tokens/create':               { title: (page) => `${page.errors.length ? 'Error: ' : ''}Create a token`,  scripts: ['create'] },
  'tokens/created':              { title: ({ forService }) => (forService ? 'New service token' : 'Your new token'),                                            scripts: ['copy', 'tabs', 'secret'] },
  'tokens/edit':                 { title: ({ token, errors }) => `${errors.length ? 'Error: ' : ''}Edit ${token.name ?? token.key}`, scripts: ['create'] },
  'tokens/details':              { title: ({ token }) => token.name ?? token.key,                            scripts: ['confirm'] },
  'tokens/revoke':               { title: ({ token }) => `Revoke ${token.name ?? token.key}`,                scripts: [] },
  'account/end-other-sessions':  { title: () => 'Log out everywhere else',                                   scripts: [] },
  'account/passkey-new':         { title: (page) => `${page.error ? 'Error: ' : ''}Add a passkey`, menu: 'account', scripts: ['passkey'] },
  'account/passkey-remove':      { title: ({ passkey }) => `Remove ${passkey.name}`,         menu: 'account', scripts: [] },
  'account/password': { title: () => 'Change your password', scripts: [] },
  'account/account':             { title: () => 'Your account',                              menu: 'account', scripts: [] },
  'programs/programs':           { title: () => 'Exclusive-access data',                     menu: 'programs', scripts: [] },
  'programs/program':            { title: ({ id, error }) => `${error ? 'Error: ' : ''}Access to ${id}`, menu: 'programs', scripts: [] },
  'api-docs/api-docs':           { title: () => 'API',                                                       scripts: [] },
  'device/code':                 { title: (page) => `${page.errors.length ? 'Error: ' : ''}Sign a device in`, scripts: [] },
  'device/token':                { title: (page) => `${page.errors.length ? 'Error: ' : ''}A token for a device`, scripts: ['create'] },
  'device/consent':              { title: () => 'Sign a device in',                                          scripts: [] },
  'device/done':                 { title: ({ approved }) => (approved ? 'Go back to your program' : 'Denied'), scripts: [] },
  'explain/explain':             { title: (page) => `${page.errors.length ? 'Error: ' : ''}Why was I refused?`, scripts: [] },
  'leaked/leaked':               { title: () => 'I found a token',                                           scripts: [] },
  'admin/user-search':           { title: () => 'Administration',                            menu: 'admin',  scripts: [] },
  'admin/user':                  { title: ({ username }) => `${username} · Administration`,   menu: 'admin',  scripts: ['confirm'] },
  'admin/revoke':                { title: ({ token, username }) => `Revoke ${token.what} of ${username}`, menu: 'admin', scripts: [] },
  'admin/revoke-everything':     { title: ({ username }) => `Revoke everything of ${username}`, menu: 'admin', scripts: [] },
  'admin/review':                { title: () => 'Tokens to review · Administration',         menu: 'admin',  scripts: ['confirm'] },
  'admin/service-tokens':        { title: () => 'Service tokens · Administration',          menu: 'admin',  scripts: ['confirm'] },
  'admin/service-token-create':  { title: (page) => `${page.errors.length ? 'Error: ' : ''}Create a service token`, menu: 'admin', scripts: ['create'] },
  'admin/history':               { title: (page) => `${page.errors.length ? 'Error: ' : ''}Change history · Administration`, menu: 'admin', scripts: [] },
  'admin/identities':            { title: () => 'Identities · Administration',               menu: 'admin',  scripts: [] },
  'admin/lockdown':              { title: () => 'Lockdown · Administration',                 menu: 'admin',  scripts: [] },
  'admin/lockdown-change':       { title: ({ act }) => (act === 'on' ? 'Lock the site down' : 'End the lockdown'), menu: 'admin', scripts: [] },
  'clients/list':          { title: () => 'OpenID Connect clients · Administration',   menu: 'admin',  scripts: [] },
  'clients/create':    { title: (page) => `${page.errors.length ? 'Error: ' : ''}Register a client`, menu: 'admin', scripts: [] },
  'clients/client':           { title: ({ client, errors }) => `${errors.length ? 'Error: ' : ''}${client.description} · Administration`, menu: 'admin', scripts: [] },
  'clients/secret':    { title: ({ client }) => `New secret of ${client.description}`, menu: 'admin', scripts: ['copy', 'secret'] },
  'clients/delete':    { title: ({ client }) => `Delete ${client.description}`,    menu: 'admin',  scripts: [] },
  'admin/identity-change':       { title: ({ username }) => `Identity of ${username}`,      menu: 'admin',  scripts: [] },
  'admin/program-search':        { title: () => 'Programs · Administration',                 menu: 'admin',  scripts: [] },
  'openid/consent':              { title: ({ client }) => `Sign in to ${client}`,                              scripts: [] },
  'openid/consent-withdraw':     { title: ({ consent }) => `Withdraw what you agreed to for ${consent.client}`, menu: 'account', scripts: [] },
  'openid/no-access':            { title: ({ client }) => `${client} is not for your account`,                 scripts: [] },
  'openid/sign-out':             { title: () => 'Sign out here, too?',                                         scripts: [] },
  'shared/error-page':           { title: ({ heading }) => heading,                                          scripts: [] },
}

/**
 * Makes the function that answers with pages. A page is for one person at one moment, and one of them shows a token:
 * `no-store` keeps them all out of caches, from which "back" or the next user of the browser would bring them up.
 */
export function pageRenderer(fixtures: Fixtures): Render {
  return async (response, view, model) => {
    const html = await page(fixtures, view, model)
    response.set('Cache-Control', 'no-store').type('html').send(html)
  }
}

async function page<V extends keyof Views>(fixtures: Fixtures, view: V, model: Views[V]): Promise<string> {
  const sheet: PageShell<Views[V]> = PAGE_SHELLS[view]
  const data = { ...model, ...helpers(fixtures, model.layout) }
  const body = await template(view, data)
  const { menu } = sheet
  return template('shared/layout', {
    ...data,
    title: sheet.title(model),
    menu,
    scripts: [...SCRIPTS, ...sheet.scripts],
    body,
  })
}

/** `strict` does without `with`: a view says `page.` before its data, and absent data read as undefined. */
function template(name: string, data: object): Promise<string> {
  const options = { cache: true, strict: true, localsName: 'page', views: [FOLDER], rmWhitespace: true }
  return ejs.renderFile(`${FOLDER}${name}.ejs`, data, options)
}

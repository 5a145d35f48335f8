import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Response } from 'express'
import type { Assets } from './assets.js'
import { helpers } from './helpers.js'
import type { Views } from './views.js'

/** Answers with a page. The status is the response's own, set before. */
export type Render = <V extends keyof Views>(response: Response, view: V, model: Views[V]) => Promise<void>

/** What surrounds a view: the page's title, the menu entry it belongs to, and the scripts that make it pleasant. */
interface Sheet<Model> {
  readonly title: (model: Model) => string
  readonly menu?: 'tokens' | 'account' | 'programs' | 'admin'
  readonly scripts: readonly string[]
}

// The same folder from server/pages and from dist/pages.
const FOLDER = fileURLToPath(new URL('../../../views/', import.meta.url))

/** On every page. */
const SCRIPTS = ['times', 'menu', 'forms'] as const

// biome-ignore format: a table reads in columns
const SHEETS: { readonly [V in keyof Views]: Sheet<Views[V]> } = {
  'sign-in':             { title: (page) => `${page.error ? 'Error: ' : ''}Sign in`,                 scripts: [] },
  'sign-out':            { title: () => 'Sign out',                                                  scripts: [] },
  tokens:                { title: () => 'Security Tokens',                           menu: 'tokens', scripts: ['confirm'] },
  'token-new':           { title: (page) => `${page.errors.length ? 'Error: ' : ''}Create a token`,  scripts: ['create'] },
  'token-created':       { title: ({ forService }) => (forService ? 'New service token' : 'Your new token'),                                            scripts: ['copy', 'tabs', 'secret'] },
  'token-edit':          { title: ({ token, errors }) => `${errors.length ? 'Error: ' : ''}Edit ${token.name ?? token.key}`, scripts: ['create'] },
  token:                 { title: ({ token }) => token.name ?? token.key,                            scripts: ['confirm'] },
  'token-revoke':        { title: ({ token }) => `Revoke ${token.name ?? token.key}`,                scripts: [] },
  'sessions-end-others': { title: () => 'Log out everywhere else',                                   scripts: [] },
  account:               { title: () => 'Your account',                              menu: 'account', scripts: [] },
  programs:              { title: () => 'Exclusive-access data',                     menu: 'programs', scripts: [] },
  program:               { title: ({ id, error }) => `${error ? 'Error: ' : ''}Access to ${id}`, menu: 'programs', scripts: [] },
  docs:                  { title: () => 'API',                                                       scripts: [] },
  'admin':               { title: () => 'Administration',                            menu: 'admin',  scripts: [] },
  'admin-user':          { title: ({ username }) => `${username} · Administration`,   menu: 'admin',  scripts: ['confirm'] },
  'admin-revoke':        { title: ({ token, username }) => `Revoke ${token.what} of ${username}`, menu: 'admin', scripts: [] },
  'admin-revoke-all':    { title: ({ username }) => `Revoke everything of ${username}`, menu: 'admin', scripts: [] },
  'admin-service-tokens': { title: () => 'Service tokens · Administration',          menu: 'admin',  scripts: ['confirm'] },
  'admin-service-token-new': { title: (page) => `${page.errors.length ? 'Error: ' : ''}Create a service token`, menu: 'admin', scripts: ['create'] },
  'admin-history':       { title: (page) => `${page.errors.length ? 'Error: ' : ''}Change history · Administration`, menu: 'admin', scripts: [] },
  'admin-programs':      { title: () => 'Programs · Administration',                 menu: 'admin',  scripts: [] },
  message:               { title: ({ heading }) => heading,                                          scripts: [] },
}

/**
 * Makes the function that answers with pages. A page is for one person at one moment, and one of them shows a token:
 * `no-store` keeps them all out of caches, from which "back" or the next user of the browser would bring them up.
 */
export function pageRenderer(assets: Assets): Render {
  return async (response, view, model) => {
    const html = await page(assets, view, model)
    response.set('Cache-Control', 'no-store').type('html').send(html)
  }
}

async function page<V extends keyof Views>(assets: Assets, view: V, model: Views[V]): Promise<string> {
  const sheet: Sheet<Views[V]> = SHEETS[view]
  const data = { ...model, ...helpers(assets, model.frame) }
  const body = await template(view, data)
  const { menu } = sheet
  return template('layout', { ...data, title: sheet.title(model), menu, scripts: [...SCRIPTS, ...sheet.scripts], body })
}

/** `strict` does without `with`: a view says `page.` before whatever it was given, and what is absent reads as undefined. */
function template(name: string, data: object): Promise<string> {
  const options = { cache: true, strict: true, localsName: 'page', views: [FOLDER], rmWhitespace: true }
  return ejs.renderFile(`${FOLDER}${name}.ejs`, data, options)
}

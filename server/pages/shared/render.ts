import type { Response } from 'express'
import type { Values, Words } from '../../words/words.js'
import { sendDocument } from './compression.js'
import { type Fixtures, PageLocals } from './helpers.js'
import { wordsOf } from './reader.js'
import type { Views } from './views.js'

/** Answers with a page. The status is the response's own, set before. */
export type Render = <V extends keyof Views>(response: Response, view: V, model: Views[V]) => Promise<void>

/** The shell of a view: its menu entry, its optional scripts, and what its title names (`titles.…` of the words). */
interface PageShell<Model> {
  readonly menu?: 'tokens' | 'account' | 'programs' | 'admin'
  readonly scripts?: readonly string[]
  readonly values?: (model: Model) => Values
  /** Whether it shows a secret, once. */
  readonly secret?: true
}

/** On every page. */
const SCRIPTS = ['times', 'menu', 'forms'] as const

// biome-ignore format: a table reads in columns
const PAGE_SHELLS: { readonly [V in keyof Views]: PageShell<Views[V]> } = {
  'sign-in/sign-in':            { scripts: ['passkey', 'sign-in'] },
  'sign-in/passkey':            { scripts: ['passkey'] },
  'sign-in/again':              { scripts: ['passkey', 'sign-in'] },
  'sign-in/resume':             {},
  'sign-in/onward':             { scripts: ['onward'], values: ({ title }) => ({ title }) },
  'sign-in/sign-out':           {},
  'sign-in/new-password':       { scripts: ['sign-in'] },
  'tokens/list':                { menu: 'tokens', scripts: ['confirm', 'list'] },
  'tokens/create':              { scripts: ['create'] },
  'tokens/created':             { secret: true, scripts: ['copy', 'recipes', 'tabs', 'secret', 'trial'], values: ({ forService }) => ({ kind: forService ? 'service' : 'user' }) },
  'tokens/edit':                { scripts: ['create'], values: ({ token }) => named(token) },
  'tokens/details':             { scripts: ['confirm'], values: ({ token }) => named(token) },
  'tokens/revoke':              { values: ({ token }) => named(token) },
  'tokens/rotate':              { values: ({ token }) => named(token) },
  'tokens/revoke-selected':     { values: ({ tokens }) => ({ count: tokens.length }) },
  'account/end-other-sessions': {},
  'account/end-session':        { values: ({ session, token }) => ({ kind: session ? 'session' : 'token', name: session?.browser ?? token?.what ?? '' }) },
  'account/passkey-new':        { menu: 'account', scripts: ['passkey'] },
  'account/passkey-remove':     { menu: 'account', values: ({ passkey }) => ({ name: passkey.name }) },
  'account/history':            { menu: 'account' },
  'account/password':           { scripts: ['sign-in'] },
  'account/account':            { menu: 'account' },
  'recipes/how-to-use':         { scripts: ['copy', 'recipes', 'tabs'] },
  'programs/programs':          { menu: 'programs' },
  'programs/remove':            { menu: 'programs', values: ({ email }) => ({ email }) },
  'programs/as-colleague':      { menu: 'programs', values: ({ id }) => ({ id }) },
  'programs/program':           { menu: 'programs', values: ({ id }) => ({ id }) },
  'api-docs/api-docs':          { scripts: ['copy', 'try'] },
  'device/code':                {},
  'device/token':               { scripts: ['create'] },
  'device/consent':             {},
  'device/done':                { values: ({ approved }) => ({ outcome: approved ? 'approved' : 'denied' }) },
  'explain/explain':            {},
  'leaked/leaked':              {},
  'overview/overview':          { menu: 'admin' },
  'overview/ending':            { menu: 'admin', scripts: ['confirm'] },
  'incident/incident':         { menu: 'admin', scripts: ['incident'] },
  'incident/question':         { menu: 'admin', values: ({ total }) => ({ total }) },
  'incident/act':              { menu: 'admin' },
  'people/list':                { menu: 'admin' },
  'people/create':              { menu: 'admin' },
  'people/password':            { menu: 'admin', secret: true, scripts: ['copy', 'secret'], values: ({ username }) => ({ username }) },
  'people/act':                 { menu: 'admin', values: ({ username, act }) => ({ username, act: act.replaceAll('-', '_') }) },
  'search/results':             { menu: 'admin' },
  'search/token':               { menu: 'admin', scripts: ['confirm'], values: ({ token }) => ({ what: token.what, username: token.username }) },
  'admin/user':                 { menu: 'admin', scripts: ['confirm'], values: ({ username }) => ({ username }) },
  'admin/suspension':           { menu: 'admin', values: ({ act, token, username }) => ({ act, what: token.what, username }) },
  'admin/revoke':               { menu: 'admin', values: ({ token, username }) => ({ what: token.what, username }) },
  'admin/revoke-everything':    { menu: 'admin', values: ({ username }) => ({ username }) },
  'admin/review':               { menu: 'admin', scripts: ['confirm'] },
  'admin/service-tokens':       { menu: 'admin', scripts: ['confirm'] },
  'admin/service-token-create': { menu: 'admin', scripts: ['create'] },
  'admin/history':              { menu: 'admin' },
  'audit/trail':                { menu: 'admin' },
  'audit/event':                { menu: 'admin', values: ({ event }) => ({ action: event.action }) },
  'admin/identities':           { menu: 'admin' },
  'admin/identity-change':      { menu: 'admin', values: ({ username }) => ({ username }) },
  'admin/lockdown':             { menu: 'admin' },
  'admin/lockdown-change':      { menu: 'admin', values: ({ act }) => ({ act }) },
  'admin/program-search':       { menu: 'admin' },
  'clients/list':               { menu: 'admin' },
  'clients/create':             { menu: 'admin' },
  'clients/client':             { menu: 'admin', values: ({ client }) => ({ client: client.description }) },
  'clients/secret':             { menu: 'admin', secret: true, scripts: ['copy', 'secret'], values: ({ client }) => ({ client: client.description }) },
  'clients/delete':             { menu: 'admin', values: ({ client }) => ({ client: client.description }) },
  'openid/consent':             { values: ({ client }) => ({ client }) },
  'openid/consent-withdraw':    { menu: 'account', values: ({ consent }) => ({ client: consent.client }) },
  'openid/no-access':           { values: ({ client }) => ({ client }) },
  'openid/sign-out':            {},
  'shared/error-page':          { values: ({ heading }) => ({ heading }) },
}

/** A token by its name, or by its key where it has none. */
function named({ name, key }: { readonly name?: string | undefined; readonly key: string }) {
  return { name: name ?? key }
}

/**
 * Makes the function that answers with pages. A page is for one person at one moment, and one of them shows a token:
 * `no-store` keeps them all out of caches, from which "back" or the next user of the browser would bring them up.
 */
export function pageRenderer(fixtures: Fixtures): Render {
  return async (response, view, model) => {
    const words = wordsOf(response)
    const sheet: PageShell<Views[typeof view]> = PAGE_SHELLS[view]
    const locals = new PageLocals({ fixtures, words, layout: model.layout })
    const html = locals.include('shared/layout', {
      ...model,
      title: titleOf(view, model, words),
      menu: sheet.menu,
      scripts: [...SCRIPTS, ...(sheet.scripts ?? [])],
      body: locals.include(view, model),
    })
    response.set('Cache-Control', 'no-store').set('Content-Language', words.reader.language).type('html')
    await sendDocument(response, html, {
      showsSecret: sheet.secret ?? false,
      isPersonal: model.layout.user !== undefined,
    })
  }
}

/** A page that comes back with a mistake says so first: a screen reader reads the title before the page. */
function titleOf<V extends keyof Views>(view: V, model: Views[V], words: Words): string {
  const shell: PageShell<Views[V]> = PAGE_SHELLS[view]
  const title = words.text(`titles.${view.replace('/', '.')}`, shell.values?.(model))
  return isWrong(model) ? words.text('titles.wrong', { title }) : title
}

function isWrong(model: object): boolean {
  if ('error' in model && model.error !== undefined) return true
  return 'errors' in model && Array.isArray(model.errors) && model.errors.length > 0
}

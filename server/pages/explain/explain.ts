import { type Request, Router } from 'express'
import { readAddress } from '../../core/access/ip-address.js'
import { Refusal } from '../../core/access/refusal.js'
import { canParseUrl } from '../../core/can-parse-url.js'
import { parseInstant } from '../../core/parse-instant.js'
import { isUsername } from '../../core/people/identifiers.js'
import { ownPath, pathBelow } from '../../core/site/base-path.js'
import type { EpochSeconds } from '../../core/time.js'
import { isAdministrator } from '../../core/token/scope.js'
import { type Explanation, explain, type JudgedAt } from '../../explain/explain.js'
import { readExplainedUrl } from '../../explain/explained-url.js'
import { newTokenUrl } from '../../explain/new-token-url.js'
import { findingSentence } from '../../explain/sentences.js'
import type { Settings } from '../../settings/schema.js'
import type { Words } from '../../words/words.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { delegatedName } from '../shared/format/labels.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import type { ExplainError, ExplainValues, ListedJudgement, ListedLocation } from './view-models.js'

/**
 * Serves `/auth/explain`: what an address needs, and which tokens it admits. Users ask about their own tokens; administrators
 * also about another user, another requirement, address and instant.
 */
export function explainPage(pages: PageServices): Router {
  const { context, render } = pages

  async function show({ request, response, user }: SignedInRequest): Promise<void> {
    const { settings } = context
    const administers = isAdministrator(user.session.scopes)
    const values = valuesOf(request, settings.baseUrl, administers)
    const errors: ExplainError[] = []
    const asked = read(values, settings.baseUrl, errors, wordsOf(response))
    const username = asked.user ?? user.session.username
    const own = username === user.session.username
    const isAsked = values.url !== '' || values.requirement !== ''
    const found =
      isAsked && errors.length === 0
        ? await explain(context, {
            request: {
              method: 'GET',
              address: asked.address ?? request.ip,
              at: asked.at ?? context.clock(),
              ...(asked.url && { url: asked.url.href }),
            },
            username,
            ...(values.requirement !== '' && { requirement: values.requirement }),
            ...(own && { held: user.session.scopes }),
            of: ({ key, type }) => (own ? type === 'user' || key === user.session.key : type !== 'session'),
            withSession: !own,
          })
        : undefined
    if (found instanceof Refusal)
      errors.push({ field: 'requirement', message: refusalText(found, wordsOf(response)).message })
    await render(response.status(errors.length > 0 ? 422 : 200), 'explain/explain', {
      layout: layoutOf(context, user),
      values,
      errors,
      administers,
      username,
      ...(found &&
        !(found instanceof Refusal) && {
          locations: found.map((each) => listed(settings, each, { user, own, words: wordsOf(response) })),
        }),
    })
  }

  return Router().get('/auth/explain', requireSignIn(pages, show))
}

const NO_VALUES: ExplainValues = { url: '', user: '', requirement: '', address: '', at: '' }

/** Reads the form from the query string. Without an address it is the page that led here, such as a refusal of the proxy. */
function valuesOf({ query, headers }: Request, baseUrl: URL, administers: boolean): ExplainValues {
  const text = (name: keyof ExplainValues) => {
    const value = query[name]
    return typeof value === 'string' ? value.trim().slice(0, 2000) : ''
  }
  const url = text('url') || (Object.keys(query).length === 0 ? refusedPage(headers.referer, baseUrl) : '')
  if (!administers) return { ...NO_VALUES, url }
  return { url, user: text('user'), requirement: text('requirement'), address: text('address'), at: text('at') }
}

/** Returns the page of a service that led here; none of Postern's own was refused. */
function refusedPage(referer: string | undefined, baseUrl: URL): string {
  if (referer === undefined || !canParseUrl(referer)) return ''
  const url = new URL(referer)
  const isBelow = url.pathname.startsWith(ownPath(baseUrl, '/'))
  const isOwn = isBelow && /^\/(?:auth|login|logout|info|whoami)?(?:\/|$)/.test(pathBelow(baseUrl, url.pathname))
  return url.host === baseUrl.host && !isOwn ? url.href : ''
}

interface Asked {
  readonly url?: URL | undefined
  readonly user?: string | undefined
  readonly address?: string | undefined
  readonly at?: EpochSeconds | undefined
}

function read(values: ExplainValues, baseUrl: URL, errors: ExplainError[], words: Words): Asked {
  function field<T>(name: keyof ExplainValues, reader: (text: string) => T | undefined, message: string) {
    if (values[name] === '') return undefined
    const value = reader(values[name])
    if (value === undefined) errors.push({ field: name, message })
    return value
  }
  return {
    url: field('url', (text) => readExplainedUrl(text, baseUrl), words.text('explain.errors.url')),
    user: field('user', (text) => (isUsername(text) ? text : undefined), words.text('admin.history.errors.user')),
    address: field('address', readAddress, words.text('explain.errors.address')),
    at: field('at', parseInstant, words.text('admin.history.errors.instant')),
  }
}

function listed(
  { baseUrl, groupMapping }: Settings,
  { location, requirement, needs, tokens, remedy }: Explanation,
  { user, own, words }: { readonly user: SignedInUser; readonly own: boolean; readonly words: Words },
): ListedLocation {
  return {
    ...(location.prefix !== undefined && { prefix: location.prefix }),
    source: location.source,
    query: location.query,
    needs: needs.map((each) => findingSentence(each, words)),
    tokens: tokens.map((each) => judgement(each, user, { baseUrl, words })),
    ...(own && remedy.kind === 'create' && { create: newTokenUrl(baseUrl, remedy.scopes, requirement.service).href }),
    lacking:
      remedy.kind === 'lacking'
        ? remedy.scopes.map((scope) => ({ scope, groups: [...(groupMapping.get(scope) ?? [])].sort() }))
        : [],
    ...(remedy.kind === 'impossible' && { impossible: findingSentence(remedy.because, words) }),
  }
}

function judgement(
  { record, passes, steps }: JudgedAt,
  { session }: SignedInUser,
  { baseUrl, words }: { readonly baseUrl: URL; readonly words: Words },
): ListedJudgement {
  const told = steps.map((step) => ({ passes: step.passes, sentence: findingSentence(step.finding, words) }))
  if (!record) return { what: words.text('explain.newSession'), passes, steps: told }
  const own = record.username === session.username && record.type === 'user'
  return {
    what: nameOf(record, session.key, words),
    passes,
    steps: told,
    ...(own && { href: ownPath(baseUrl, `/auth/tokens/${record.key}`), key: record.key }),
  }
}

function nameOf({ key, name, type, service }: NonNullable<JudgedAt['record']>, current: string, words: Words): string {
  if (key === current) return words.text('explain.thisSession')
  if (type === 'internal' || type === 'notebook')
    return delegatedName({ type, ...(service !== undefined && { service }) }, words)
  return name ?? `${words.text(`tokenKinds.${type}`)} ${key}`
}

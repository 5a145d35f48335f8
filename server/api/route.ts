import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import { z } from 'zod'
import { ownChallengingSite } from '../authn/error-response.js'
import { stepUpChallenge } from '../core/access/challenge.js'
import { exceededAge, type GuardedAct } from '../core/access/reauthentication.js'
import { Refusal } from '../core/access/refusal.js'
import { findUnstorable } from '../core/storable-text.js'
import type { Context } from '../storage/context.js'
import type { RecordsUsage } from '../tokens/usage-recorder.js'
import { ACCESS_RULES } from './access-rules.js'
import { type Access, authorizeCaller, type Caller } from './authorize-caller.js'
import type { LimitsCalls } from './call-limiter.js'
import { type Detail, detailsOf, sendDetails, sendRefusal } from './error-body.js'
import type { ResponseDescription } from './schemas/responses.js'

type Method = 'get' | 'post' | 'patch' | 'delete' | 'put'
type Schema = z.ZodType

/** The public description of a route: callers, inputs and responses. */
export interface Described<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema> {
  readonly method: Method
  readonly path: string
  readonly access: Access
  /** Its purpose, in a few words. */
  readonly summary: string
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** One line of a body in NDJSON, which the route reads by itself. */
  readonly lines?: Schema
  /** The act that it is, if that needs a recent sign-in; or how to tell from the call. */
  readonly act?: GuardedAct | ((call: GuardedCall<P, B>) => GuardedAct | undefined)
  /** By status; refusals that any route may send are in `COMMON_RESPONSES`. */
  readonly responses: Readonly<Record<number, ResponseDescription>>
}

/** The part of a call that decides which act it is. */
type GuardedCall<P extends Schema, B extends Schema> = Pick<
  Call<P, Schema, B>,
  'context' | 'caller' | 'params' | 'body'
>

/** A route and its handler. */
export interface Route<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema>
  extends Described<P, Q, B> {
  /** Its operation judges each text, and passes none to a store that the store would refuse. */
  readonly judgesTexts?: true
  readonly handle: (call: Call<P, Q, B>) => Promise<void>
}

/** A validated call of an authorized caller. */
export interface Call<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema> {
  readonly context: Context
  readonly caller: Caller
  readonly params: z.infer<P>
  readonly query: z.infer<Q>
  readonly body: z.infer<B>
  readonly request: Request
  readonly response: Response
}

/** Declares a route with its types, which `Route` alone would erase. */
export function route<P extends Schema, Q extends Schema, B extends Schema>(declared: Route<P, Q, B>): Route {
  return declared as unknown as Route
}

/**
 * Mounts routes. The order of checks is Gafaelfawr's on every route: body syntax; caller; path, query and body; user in
 * the path; and then the route's handler.
 */
export function mount(router: Router, routes: readonly Route[], context: Context & RecordsUsage & LimitsCalls): void {
  const readBody = bodyReader(context.settings.limits.bodyBytes)
  // Path by path: `/programs/access` takes no GET, though `/programs/:id` would take it for a program.
  for (const path of new Set(routes.map((each) => each.path))) {
    const ofPath = routes.filter((each) => each.path === path)
    for (const each of ofPath) {
      const steps = [...(each.body ? [readBody] : []), run(each, context)]
      router[each.method](path, ...steps)
    }
    router.all(path, (_request, response) => {
      response.set('Allow', ofPath.map(({ method }) => method.toUpperCase()).join(', '))
      sendRefusal(response, new Refusal('method_not_allowed'))
    })
  }
}

const JSON_TYPES = ['application/json', 'application/*+json']

function bodyReader(limit: number): RequestHandler {
  const readJson = express.json({ limit, strict: false, type: JSON_TYPES })
  return (request, response, next) =>
    readJson(request, response, (error?: unknown) => {
      const { type } = (error ?? {}) as { type?: string }
      if (type !== 'entity.parse.failed') return next(error)
      sendDetails(response, 422, [{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }])
    })
}

function run(each: Route, context: Context & RecordsUsage & LimitsCalls): RequestHandler {
  return async (request, response) => {
    const caller = await authorizeCaller(context, request, response, each.access)
    if (!caller) return
    if (caller.token) context.usage.record(caller.token, context.clock(), request.ip, request.headers['user-agent'])
    const params = (each.params ?? z.unknown()).safeParse(request.params)
    const parameters = lastOfEach(request.query)
    const query = (each.query ?? z.unknown()).safeParse(parameters)
    // Attack: a form of another site sends a body that is no JSON. No other kind is read, and none counts as empty.
    const given: unknown = request.is(JSON_TYPES) ? request.body : hasBody(request) ? null : undefined
    const body = (each.body ?? z.unknown()).safeParse(each.body ? given : undefined)
    const wrong = [
      ...(params.success ? [] : detailsOf(params.error, 'path', request.params)),
      ...(query.success ? [] : detailsOf(query.error, 'query', parameters)),
      ...(body.success ? [] : detailsOf(body.error, 'body', given)),
    ]
    if (wrong.length > 0) return sendDetails(response, 422, wrong)
    const unstorable = each.judgesTexts
      ? undefined
      : unstorableIn({ path: params.data, query: query.data, body: body.data })
    if (unstorable) return sendDetails(response, 422, [unstorable])
    const { owner } = each.access
    const refusal = owner && ACCESS_RULES[owner].refuse(caller, String(request.params.username))
    if (refusal) return sendRefusal(response, refusal)
    const input = { context, caller, params: params.data, body: body.data }
    const act = typeof each.act === 'function' ? each.act(input) : each.act
    if (act && isTooOld(input, act, response)) return
    response.set('Cache-Control', 'no-cache, no-store')
    await each.handle({ ...input, query: query.data, request, response })
  }
}

/** RFC 9112 §6: the presence of a body is signalled by one of two fields. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Refuses an act for which the caller's session was signed in to too long ago, with RFC 9470's challenge. */
function isTooOld({ context, caller }: Pick<Call, 'context' | 'caller'>, act: GuardedAct, response: Response): boolean {
  const { settings, clock } = context
  const exceeded = caller.token && exceededAge(caller.token, act, settings.reauthenticateWithin, clock())
  if (exceeded === undefined) return false
  const refusal = new Refusal('insufficient_user_authentication')
  response.set('WWW-Authenticate', stepUpChallenge(ownChallengingSite(settings, response.req), refusal, exceeded))
  sendRefusal(response, refusal)
  return true
}

function unstorableIn(input: Readonly<Record<'path' | 'query' | 'body', unknown>>): Detail | undefined {
  const loc = findUnstorable(input)
  return loc && { loc, msg: 'Value should have neither NUL nor half a surrogate pair', type: 'value_error' }
}

/** Returns the last of repeated parameters, as FastAPI does. */
function lastOfEach(query: Request['query']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]),
  )
}

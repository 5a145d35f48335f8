import { type Asker, bearer, checkOf, type Question, type Reply } from '../support/clients/caller.js'
import { isKnown, type Outcome } from './answers.js'
import { type Entry, KEPT, type Ledger, nameOf, SCOPES } from './ledger.js'

/** The operations of people and programs, each written down before it is sent and when it is confirmed. */
export class Operations {
  readonly #ledger: Ledger
  /** An administrator: may change every user's tokens. */
  readonly #admin: string
  #number = 0

  constructor(ledger: Ledger, admin: string) {
    this.#ledger = ledger
    this.#admin = admin
  }

  /** A new user token; `creator` is a token that may make tokens. */
  async create(
    caller: Asker,
    { owner, creator, name = this.newName() }: { owner: string; creator: string; name?: string },
    more: Question['headers'] = {},
  ): Promise<Outcome> {
    const body = { token_name: name, scopes: SCOPES }
    const path = `/auth/api/v1/users/${owner}/tokens`
    const reply = await caller.ask({ method: 'POST', path, headers: { ...bearer(creator), ...more }, body })
    if (isKnown(reply) && reply.status === 201) this.#shown(reply, { owner, kind: 'user' })
    return this.#outcome(reply, 201, `creating a token of ${owner}`)
  }

  newName(): string {
    return `token ${++this.#number}`
  }

  /** Ends a token of any kind. */
  async revoke(caller: Asker, entry: Entry, more: Question['headers'] = {}): Promise<Outcome> {
    entry.endBegan ??= performance.now()
    entry.endsAsked++
    const reply = await this.#ask(caller, 'DELETE', entry, '', undefined, more)
    const gone = isKnown(reply) && reply.status === 404
    // That Redis has lost it is no promise that it will not be worked out again, or come back with an older Redis.
    if ((isKnown(reply) && reply.status === 204) || (gone && !entry.mayBeLost)) entry.ended ??= performance.now()
    if (entry.endsAsked === 1) this.#expectThere(reply, entry, 'revoked')
    return gone ? 'done' : this.#outcome(reply, 204, `revoking ${nameOf(entry)}`)
  }

  /** Takes a scope away from a user token. */
  async narrow(caller: Asker, entry: Entry, more: Question['headers'] = {}): Promise<Outcome> {
    entry.narrowBegan ??= performance.now()
    const body = { scopes: SCOPES.filter((scope) => scope !== 'exec:portal') }
    const reply = await this.#ask(caller, 'PATCH', entry, '', body, more)
    if (entry.endsAsked === 0) this.#expectThere(reply, entry, 'edited')
    if (isKnown(reply) && reply.status === 200) entry.narrowed ??= performance.now()
    return this.#outcome(reply, 200, `editing ${nameOf(entry)}`)
  }

  /** Replaces a user token by a new one; the old one ends at once, or works on for an hour. */
  async rotate(caller: Asker, entry: Entry, overlap: 0 | 3600, more: Question['headers'] = {}): Promise<Outcome> {
    const endsIt = overlap === 0 ? 1 : 0
    if (endsIt) entry.endBegan ??= performance.now()
    entry.endsAsked += endsIt
    // A token that is narrowed while this is under way may have been copied as it was before.
    const isNarrowed = entry.narrowed !== undefined
    const reply = await this.#ask(caller, 'POST', entry, '/rotate', { overlap }, more)
    if (entry.endsAsked === endsIt) this.#expectThere(reply, entry, 'rotated')
    if (isKnown(reply) && reply.status === 201) {
      if (overlap === 0) entry.ended ??= performance.now()
      const made = this.#shown(reply, { owner: entry.owner, kind: 'user' })
      if (entry.narrowBegan !== undefined) made.narrowBegan = entry.narrowBegan
      if (isNarrowed) made.narrowed = performance.now()
    }
    return this.#outcome(reply, 201, `rotating ${nameOf(entry)}`)
  }

  /** Stops a token until it is lifted: from the answer on every check refuses it, as if it had ended. */
  async suspend(caller: Asker, entry: Entry, more: Question['headers'] = {}): Promise<Outcome> {
    entry.endBegan ??= performance.now()
    entry.endsAsked++
    const reply = await this.#ask(caller, 'POST', entry, '/suspension', { reason: 'it may have leaked' }, more)
    if (isKnown(reply) && reply.status === 200) entry.ended ??= performance.now()
    return this.#outcome(reply, 200, `suspending ${nameOf(entry)}`)
  }

  /** Lifts a suspension; that there is none any more is as good. */
  async lift(caller: Asker, entry: Entry, more: Question['headers'] = {}): Promise<Outcome> {
    delete entry.ended
    const reply = await this.#ask(caller, 'DELETE', entry, '/suspension', undefined, more)
    return isKnown(reply) && reply.status === 404 ? 'done' : this.#outcome(reply, 204, `lifting ${nameOf(entry)}`)
  }

  /** Has a token made for a service, by way of a check. */
  async delegate(caller: Asker, parent: Entry, more: Question['headers'] = {}): Promise<Outcome> {
    const query = `scope=${KEPT}&delegate_to=portal&delegate_scope=${KEPT}`
    const reply = await caller.ask(checkOf(query, { ...bearer(parent.text), ...more }))
    if (!isKnown(reply)) return 'unknown'
    this.#ledger.judge(parent, KEPT, reply, 'a check that delegates')
    const text = reply.header('X-Auth-Request-Token')
    if (reply.status !== 200 || text === undefined) return reply.status === 503 ? 'unknown' : 'refused'
    this.#ledger.shown({ text, owner: parent.owner, kind: 'delegated', parent, askedAt: reply.sentAt })
    return 'done'
  }

  /** Signs in with the form, as a browser does. */
  async signIn(caller: Asker, owner: string, password: string, more: Question['headers'] = {}): Promise<Outcome> {
    const form = await caller.ask({ path: '/login' })
    if (!isKnown(form) || form.status !== 200) return 'unknown'
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(form.text()) ?? []
    const cookie = form
      .headers('set-cookie')
      .map((line) => line.split(';')[0])
      .join('; ')
    const body = new URLSearchParams({ csrf, username: owner, password, rd: '' }).toString()
    const reply = await caller.ask({ method: 'POST', path: '/login', headers: { Cookie: cookie, ...more }, body })
    const text = isKnown(reply)
      ? /^postern=(gt-[^;]+)/.exec(
          reply.headers('set-cookie').find((line) => line.startsWith('postern=gt-')) ?? '',
        )?.[1]
      : undefined
    if (isKnown(reply) && reply.status === 303 && text !== undefined) {
      this.#ledger.shown({ text, owner, kind: 'session', askedAt: reply.sentAt })
    }
    return this.#outcome(reply, 303, `signing in as ${owner}`)
  }

  /** A token as the API tells it; nothing when there is none. */
  async look(caller: Asker, entry: Entry): Promise<Reply | Error> {
    return this.#ask(caller, 'GET', entry, '')
  }

  async history(caller: Asker, entry: Entry): Promise<Reply | Error> {
    return this.#ask(caller, 'GET', entry, '/change-history')
  }

  /** The tokens of a user, by the API. */
  async list(caller: Asker, owner: string): Promise<Reply | Error> {
    return caller.ask({ path: `/auth/api/v1/users/${owner}/tokens`, headers: bearer(this.#admin) })
  }

  #ask(
    caller: Asker,
    method: string,
    { owner, key }: Entry,
    below: string,
    body?: unknown,
    more: Question['headers'] = {},
  ) {
    const path = `/auth/api/v1/users/${owner}/tokens/${key}${below}`
    const question = { method, path, headers: { ...bearer(this.#admin), ...more } }
    return caller.ask(body === undefined ? question : { ...question, body })
  }

  #shown(reply: Reply, what: Pick<Entry, 'owner' | 'kind'>): Entry {
    const { token } = reply.json() as { token: string }
    return this.#ledger.shown({ text: token, ...what, askedAt: reply.sentAt })
  }

  #expectThere(reply: Reply | Error, entry: Entry, wanted: string): void {
    if (!isKnown(reply) || reply.status !== 404 || entry.mayBeLost || entry.parent?.endBegan !== undefined) return
    this.#ledger.note('lost', `${nameOf(entry)} was not there to be ${wanted}`)
  }

  #outcome(reply: Reply | Error, done: number, what: string): Outcome {
    if (!isKnown(reply)) return 'unknown'
    if (reply.status === 500) this.#ledger.note('failed', `${what}: ${reply.text().slice(0, 200)}`)
    if (reply.status >= 500) return 'unknown'
    if (reply.status === done) return 'done'
    // The caller has the permission all the time.
    if (reply.status === 401 || reply.status === 403) this.#ledger.note('refused', `${what}: ${reply.status}`)
    return 'refused'
  }
}

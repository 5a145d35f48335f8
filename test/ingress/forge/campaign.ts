import { Refusal } from '../../../server/core/access/refusal.js'
import { parseToken, type TokenKey } from '../../../server/core/token/token.js'
import { type Chance, chanceOf } from '../../support/chance.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { SESSION_COOKIE, VO_COOKIE } from './carriers.js'
import { drawForgery, type Forgery } from './kinds.js'
import { judge, type Verdict } from './oracle.js'
import { issueStock, LATER, type Stock } from './stock.js'
import { type Answer, Wire } from './wire.js'

export interface CampaignOptions {
  readonly seed: number
  /** How many forgeries are sent, to each of the two. */
  readonly credentials: number
  /** After so many seconds no more are sent. */
  readonly seconds?: number
  readonly onProgress?: (sent: number) => void
}

/** What became of the credentials of one kind, at both parsers. */
export interface Tally {
  readonly kind: string
  forged: number
  equivalent: number
  genuine: number
  /** Of those that are equivalent. */
  admitted: number
  readonly statuses: Map<number, number>
}

export interface Report {
  readonly sent: number
  readonly tallies: readonly Tally[]
  /** How many requests the door answered, and how many it gave to Node. */
  readonly byDoor: number
  readonly byNode: number
  /** Forgeries that were admitted, answers 500, genuine ones refused, and answers in which the parsers differ. */
  readonly faults: readonly string[]
  /** Log lines that are no JSON, or have a living token in them. */
  readonly spoiltLines: readonly string[]
}

/** What the servers hold of the tokens when their forgeries come. */
const STATES = ['not cached', 'cached', 'cached after a wrong secret'] as const
type State = (typeof STATES)[number]

interface Location {
  readonly path: string
  readonly cookies: readonly string[]
  readonly lines: readonly string[]
}

const LOCATIONS: readonly Location[] = [
  {
    path: '/ingress/auth?service=forge&auth_type=both',
    cookies: [SESSION_COOKIE, VO_COOKIE],
    lines: ['X-Original-URL: https://data.example.org/forge', 'X-Original-Method: GET'],
  },
  {
    path: '/ingress/forward?service=forge',
    cookies: [SESSION_COOKIE],
    lines: [
      'X-Forwarded-Method: GET',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: data.example.org',
      'X-Forwarded-Uri: /forge',
    ],
  },
]

const [FIRST] = LOCATIONS as [Location]

/** So many requests come one behind the other on a connection, and so many connections are open at a time. */
const GROUP = 40
/** Of so many tokens each, because they are brought into a state before. */
const TOKENS_OF_GROUP = 5
const CONNECTIONS = 160
const MOST_FAULTS = 20

interface Sent extends Forgery {
  readonly head: string
  readonly verdict: Verdict
}

/** Both servers on the same stores, which differ in who parses their checks. */
interface Site {
  readonly servers: readonly RunningPostern[]
  readonly stock: Stock
  /** Those that live. */
  readonly tokens: ReadonlySet<string>
  /** Asks for a user of its own, behind all others. */
  readonly marker: string
}

/** Sends the same forgeries to a server with each parser, and compares the answers with what the standards say. */
export async function runCampaign({
  seed,
  credentials,
  seconds = Number.POSITIVE_INFINITY,
  onProgress,
}: CampaignOptions): Promise<Report> {
  const site = await startSite()
  const tallies = new Map<string, Tally>()
  const faults: string[] = []
  let [sent, byNode, byAll] = [0, 0, 0]
  site.servers[0]?.server.on('request', () => byNode++)
  const groups = Math.ceil(credentials / GROUP)
  let next = 0
  const end = performance.now() + seconds * 1000
  const worker = async () => {
    while (next < groups && faults.length < MOST_FAULTS && performance.now() < end) {
      const chance = chanceOf(seed * 1_000_003 + next++)
      const state = chance.pick(STATES)
      const tokens = Array.from({ length: TOKENS_OF_GROUP }, () => chance.pick(site.stock.living))
      const group = Array.from({ length: GROUP }, () => draw(chance, site, tokens))
      await prepare(site, state, group)
      const answers = await Promise.all(site.servers.map(({ port }) => send(port, group, site.marker)))
      for (const [at, each] of group.entries()) {
        const found = answers.map((all) => all[at] ?? [])
        note(tallies, each, found)
        faults.push(...faultsOf(each, found).map((what) => JSON.stringify({ what, state, ...each, found })))
      }
      sent += group.length
      byAll += answers[0]?.reduce((sum, each) => sum + each.length, 0) ?? 0
      onProgress?.(sent)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  const spoiltLines = site.servers.flatMap((each) => spoiltLinesOf(each.logged(), site.stock))
  for (const each of site.servers) await each.stop()
  return { sent, tallies: [...tallies.values()], byDoor: byAll - byNode, byNode, faults, spoiltLines }
}

async function startSite(): Promise<Site> {
  const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: 'x'.repeat(32) }
  const common = { ...stores, baseUrl: 'https://data.example.org', logLevel: 'info' as const }
  const settings = { voLogin: { cookie: true }, tokenCookies: ['mast_token'] }
  const servers = [
    await startPostern({ ...common, settings: { ...settings, checkParser: 'own' } }),
    await startPostern({ ...common, settings: { ...settings, checkParser: 'node' } }),
  ] as const
  const stock = await issueStock(servers[0])
  const marker = await servers[0].token('marker')
  for (const each of servers) each.advance(LATER)
  return { servers, stock, tokens: new Set(stock.living), marker: headOf(FIRST, [`Authorization: Bearer ${marker}`]) }
}

function headOf({ path, lines }: Location, credential: readonly string[]): string {
  return `${[`GET ${path} HTTP/1.1`, 'Host: data.example.org', ...lines, 'X-Forwarded-For: 192.0.2.7', ...credential, 'User-Agent: pyvo/1.6'].join('\r\n')}\r\n\r\n`
}

function draw(chance: Chance, { stock, tokens }: Site, from: readonly string[]): Sent {
  const forgery = drawForgery(chance.pick(from), chance, stock)
  const location = chance.pick(LOCATIONS)
  const head = headOf(location, forgery.lines)
  const living = { tokens, cookies: location.cookies }
  return { ...forgery, head, verdict: judge(head, living) }
}

/** Brings the servers into a state: their caches have none of the tokens, or all, or all after a wrong secret came first. */
async function prepare({ servers, marker }: Site, state: State, group: readonly Sent[]): Promise<void> {
  const tokens = [...new Set(group.map(({ of }) => of))]
  for (const { context, port } of servers) {
    if (state !== 'cached') context.tokenCache.invalidate(tokens.flatMap(keyOf))
    if (state === 'not cached') continue
    const asked = tokens.map((token) => (state === 'cached' ? token : `${token.slice(0, 26)}${'A'.repeat(22)}`))
    const bytes = asked.map((token) => headOf(FIRST, [`Authorization: Bearer ${token}`])).join('')
    const wire = new Wire(port)
    await wire.ask(bytes + marker, (answers) => answers.length > asked.length)
    wire.close()
  }
}

function keyOf(text: string): TokenKey[] {
  const token = parseToken(text)
  return token instanceof Refusal ? [] : [token.key]
}

/**
 * A head that the next one may follow, whoever reads it: whole lines of visible ASCII, each name once. The others are sent alone,
 * because they may end their connection.
 */
function isPlain(head: string): boolean {
  const names = head
    .split('\r\n')
    .slice(1, -2)
    .map((line) => /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): [ -~]*$/.exec(line)?.[1]?.toLowerCase())
  return head.length < 8_000 && !names.includes(undefined) && new Set(names).size === names.length
}

/** Sends the requests of a group; returns the answers to each. */
async function send(port: number, group: readonly Sent[], marker: string): Promise<(readonly Answer[])[]> {
  const plain = group.filter(({ head }) => isPlain(head))
  const others = group.filter((each) => !plain.includes(each))
  const found = new Map(
    (await Promise.all([sendTogether(port, plain, marker), sendAlone(port, others, marker)])).flat(),
  )
  return group.map((each) => found.get(each) ?? [])
}

type Found = [Sent, readonly Answer[]]

async function sendTogether(port: number, group: readonly Sent[], marker: string): Promise<Found[]> {
  const wire = new Wire(port)
  const bytes = group.map(({ head }) => head).join('')
  const answers = await wire.ask(bytes + marker, (all) => all.length > group.length)
  wire.close()
  if (answers[group.length]?.user !== 'marker')
    throw new Error(`The answers went astray: ${JSON.stringify([bytes, answers])}`)
  return group.map((each, at) => [each, answers.slice(at, at + 1)])
}

async function sendAlone(port: number, group: readonly Sent[], marker: string): Promise<Found[]> {
  let wire = new Wire(port)
  const found: Found[] = []
  for (const each of group) {
    if (!wire.isOpen) wire = new Wire(port)
    const all = await wire.ask(each.head + marker, (some) => some.at(-1)?.user === 'marker')
    found.push([each, all.at(-1)?.user === 'marker' ? all.slice(0, -1) : all])
  }
  wire.close()
  return found
}

function note(tallies: Map<string, Tally>, { kind, verdict }: Sent, found: readonly (readonly Answer[])[]): void {
  const tally = tallies.get(kind) ?? { kind, forged: 0, equivalent: 0, genuine: 0, admitted: 0, statuses: new Map() }
  tallies.set(kind, tally)
  tally[verdict]++
  if (verdict === 'equivalent' && found.some(isAdmitted)) tally.admitted++
  for (const { status } of found.flat()) tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1)
}

const isAdmitted = (answers: readonly Answer[]) =>
  answers.some(({ status, user }) => status < 300 || user !== undefined)

/** Says what is wrong with the answers of the two. */
function faultsOf({ verdict, head }: Sent, found: readonly (readonly Answer[])[]): string[] {
  const all = found.flat()
  const isShed = all.some(({ status }) => status === 503)
  // Of several requests, Node alone loses the answers to those before a malformed one; see the fuzzing of the door.
  const isOne = head.search(/\n\r?\n/) === head.length - 3
  return [
    ...(verdict === 'forged' && found.some(isAdmitted) ? ['a forgery was admitted'] : []),
    ...(verdict === 'genuine' && !found.every(isAdmitted) ? ['a genuine one was refused'] : []),
    ...(all.some(({ status }) => status === 500) ? ['answered 500'] : []),
    ...(isOne && !isShed && new Set(found.map(textOf)).size > 1 ? ['answered differently'] : []),
    ...(found.some((answers) => answers.length === 0) ? ['not answered'] : []),
  ]
}

/** Node alone may take a malformed line behind a request for an unknown method: it has both in one packet. */
function textOf(answers: readonly Answer[]): string {
  return JSON.stringify(answers.map(({ status, user }) => [status === 405 ? 400 : status, user]))
}

function spoiltLinesOf(logged: string, { living }: Stock): string[] {
  const secrets = living.map((token) => token.slice(26))
  return logged
    .split('\n')
    .filter((line) => line !== '' && (!isJson(line) || secrets.some((secret) => line.includes(secret))))
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

import { RawConnection } from '../support/clients/raw-connection.js'
import { cpuTime } from '../support/cpu.js'
import type { Figures } from './measure.js'
import { authorization, type MeasuredProvider, REDIRECT_URI, VERIFIER } from './parts/two-providers.js'

/** What is measured: a whole sign-in is two requests, the others are one. */
export type Kind = 'sign-in' | 'refresh' | 'userinfo' | 'introspection'

// biome-ignore format: a table
export const KINDS: readonly { readonly kind: Kind; readonly name: string }[] = [
  { kind: 'sign-in',       name: 'sign-in: authorization request, and code for tokens' },
  { kind: 'refresh',       name: 'refresh token for tokens' },
  { kind: 'userinfo',      name: 'UserInfo' },
  { kind: 'introspection', name: 'introspection' },
]

const SECONDS = { warmUp: 0.5, measured: 3 }
const PATIENCE = 30_000

/** Measures one kind of request at a provider, for one round. */
export async function measureKind(provider: MeasuredProvider, kind: Kind): Promise<Figures> {
  const sessions = await Promise.all(provider.browsers.map((cookie) => open(provider, cookie)))
  const step = (session: Session): Promise<void> => STEPS[kind](provider, session)
  await drive(sessions, step, SECONDS.warmUp)
  const before = cpuTime(provider.pids)
  const { times, seconds } = await drive(sessions, step, SECONDS.measured)
  const cpu = cpuTime(provider.pids) - before
  for (const { line } of sessions) line.close()
  const answered = times.length
  const sorted = times.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(answered - 1, Math.floor(answered * share))] ?? 0
  return {
    answered,
    throughput: answered / seconds,
    p50: at(0.5),
    p99: at(0.99),
    cpu: cpu / answered,
    busy: cpu / 1e6 / seconds,
  }
}

/** A browser and its client, which take turns on one connection. */
interface Session {
  readonly line: RawConnection
  readonly cookie: string
  access: string
  refresh: string
}

async function open(provider: MeasuredProvider, cookie: string): Promise<Session> {
  const session = { line: new RawConnection(provider.port), cookie, access: '', refresh: '' }
  await signIn(provider, session)
  return session
}

async function drive(sessions: readonly Session[], step: (session: Session) => Promise<void>, seconds: number) {
  const begin = performance.now()
  const times: number[] = []
  const work = async (session: Session) => {
    while (performance.now() < begin + seconds * 1000) {
      const at = performance.now()
      await step(session)
      times.push(performance.now() - at)
    }
  }
  await Promise.all(sessions.map(work))
  return { times, seconds: (performance.now() - begin) / 1000 }
}

const STEPS: Readonly<Record<Kind, (provider: MeasuredProvider, session: Session) => Promise<void>>> = {
  'sign-in': signIn,
  refresh: (provider, session) =>
    getTokens(provider, session, { grant_type: 'refresh_token', refresh_token: session.refresh }),
  async userinfo({ port }, { line, access }) {
    await ask(line, 200, `GET /auth/openid/userinfo HTTP/1.1\r\n${head(port)}Authorization: Bearer ${access}\r\n\r\n`)
  },
  async introspection(provider, { line, access }) {
    const answer = await ask(line, 200, form(provider, 'introspect', { token: access }))
    if (!answer.includes('"active":true')) throw new Error(`The token is not active: ${answer}`)
  },
}

async function signIn(provider: MeasuredProvider, session: Session): Promise<void> {
  const { line, cookie } = session
  const begin = `GET ${authorization(provider.id)} HTTP/1.1\r\n${head(provider.port)}Cookie: ${cookie}\r\n\r\n`
  const answer = await ask(line, 303, begin)
  const [, code] = /^location: \S+[?&]code=([^&\s]+)/im.exec(answer) ?? []
  if (code === undefined) throw new Error(`There is no code: ${answer}`)
  const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER }
  await getTokens(provider, session, fields)
}

async function getTokens(provider: MeasuredProvider, session: Session, fields: Record<string, string>): Promise<void> {
  const answer = await ask(session.line, 200, form(provider, 'token', fields))
  const tokens = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
  if (tokens.id_token === undefined) throw new Error(`There is no ID token: ${answer}`)
  session.access = tokens.access_token
  session.refresh = tokens.refresh_token
}

function form({ port, id, secret }: MeasuredProvider, endpoint: string, fields: Record<string, string>): string {
  const body = new URLSearchParams(fields).toString()
  const basic = Buffer.from(`${id}:${secret}`).toString('base64')
  return [
    `POST /auth/openid/${endpoint} HTTP/1.1\r\n${head(port)}Authorization: Basic ${basic}`,
    `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  ].join('\r\n')
}

const head = (port: number) => `Host: 127.0.0.1:${port}\r\nAccept: */*\r\n`

/** Throws where an answer is not what it should be: a refusal is quicker. */
async function ask(line: RawConnection, status: number, request: string): Promise<string> {
  const answer = await line.ask(request, PATIENCE)
  if (answer instanceof Error) throw answer
  const text = answer.bytes.toString('latin1')
  if (answer.status !== status) throw new Error(`The answer was not ${status}: ${text}`)
  return text
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Election } from './election.js'
import type { Operator } from './operator.js'
import type { ServiceTokenState } from './parts.js'

/** A list of all that is older than this says that the API server is not reached: two of them were missed. */
const STALE_SECONDS = 1_500

interface Watched {
  readonly operator: Operator
  readonly election: Election
}

/** Serves the operator's health and metrics, in the paths and forms of the server's own. */
export function operatorListener(watched: Watched): Server {
  const registry = openRegistry(watched)
  return createServer((request, response) => {
    void answer(request, response).catch(() => response.writeHead(500).end())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0] ?? ''
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end()
    if (path === '/metrics') return send(response, 200, Registry.PROMETHEUS_CONTENT_TYPE, await registry.metrics())
    if (path === '/health/live') return sendJson(response, 200, { status: 'alive' })
    if (path === '/health/ready') return sendJson(response, 200, { status: 'ready' })
    if (path !== '/health') return void response.writeHead(404).end()
    const stale = ages(watched).filter(({ seconds }) => seconds > STALE_SECONDS)
    const healthy = stale.length === 0
    sendJson(response, healthy ? 200 : 503, {
      status: healthy ? 'healthy' : 'unhealthy',
      leader: watched.election.isLeader,
      ...(!healthy && { stale: stale.map(({ kind }) => kind) }),
    })
  }
}

function openRegistry(watched: Watched): Registry {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const { operator, election } = watched
  new Gauge({
    name: 'postern_operator_leader',
    help: 'Whether this operator is the one that writes',
    registers,
    collect() {
      this.set(election.isLeader ? 1 : 0)
    },
  })
  new Gauge({
    name: 'postern_operator_waiting',
    help: 'Resources that wait for their turn',
    registers,
    collect() {
      this.set(operator.waiting)
    },
  })
  new Gauge({
    name: 'postern_operator_list_age_seconds',
    help: 'Seconds since all resources of a kind were listed',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const { kind, seconds } of ages(watched)) this.set({ kind }, seconds)
    },
  })
  new Counter({
    name: 'postern_operator_reconciles_total',
    help: 'Reconciles by the kind of the resource and by outcome',
    labelNames: ['kind', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const [kind, outcome, count] of operator.reconciles) this.inc({ kind, outcome }, count)
    },
  })
  registerServiceTokens(registry, operator)
  return registry
}

/** Of every token's resource one series, of so many at most: more would burden the site's Prometheus, and are counted alone. */
const MAX_TOKENS = 1_000

function registerServiceTokens(registry: Registry, operator: Operator): void {
  const registers = [registry]
  new Gauge({
    name: 'postern_operator_service_tokens',
    help: 'Resources that ask for the token of a service, by kind',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const { kind } of operator.serviceTokens()) this.inc({ kind })
    },
  })
  const timeOf = (name: string, help: string, read: (token: ServiceTokenState) => number | undefined) =>
    new Gauge({
      name,
      help: `${help}, of the first ${MAX_TOKENS} resources`,
      labelNames: ['kind', 'namespace', 'name'],
      registers,
      collect() {
        this.reset()
        for (const token of operator.serviceTokens().slice(0, MAX_TOKENS)) {
          const { kind, namespace, name: named } = token
          const at = read(token)
          if (at !== undefined) this.set({ kind, namespace, name: named }, at)
        }
      },
    })
  timeOf(
    'postern_operator_service_token_expires_timestamp_seconds',
    'When the token of a service ends',
    (token) => token.expires,
  )
  timeOf(
    'postern_operator_service_token_last_used_timestamp_seconds',
    'When the token of a service was last used, at most an hour late',
    (token) => token.lastUsed,
  )
}

/** Of each kind the oldest list. */
function ages({ operator }: Watched): { readonly kind: string; readonly seconds: number }[] {
  const now = performance.now()
  const oldest = new Map<string, number>()
  for (const { kind, at = 0 } of operator.lists()) oldest.set(kind, Math.max(oldest.get(kind) ?? 0, (now - at) / 1000))
  return [...oldest].map(([kind, seconds]) => ({ kind, seconds }))
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', JSON.stringify(body))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': type })
  response.end(body)
}

import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { Election } from '../../../server/kubernetes/operator/election.js'
import { operatorListener } from '../../../server/kubernetes/operator/listener.js'
import { fakeCluster } from '../../kubernetes/support/cluster.js'
import { type RunningOperator, startOperator } from '../../kubernetes/support/operator.js'
import { ASKED, startPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'
import { answers, startServer, untilReady } from '../../support/run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../../support/run/unprivileged.js'

/** Postern and an operator, of which each metric has a sample, and a Prometheus that scrapes both and has the shipped rules. */
export interface WatchedSite {
  /** What both give at /metrics. */
  scrape(): Promise<string>
  /** Asks Prometheus' API. @returns `data` of its answer */
  ask(path: string, query?: Readonly<Record<string, string>>): Promise<unknown>
  stop(): Promise<void>
}

export async function startWatchedSite(): Promise<WatchedSite> {
  const postern = await startPostern()
  const { fake, api } = await fakeCluster()
  const operator = startOperator(api)
  const listener = await listen(operator, api)
  await happen(postern)
  const targets = [`127.0.0.1:${postern.port}`, `127.0.0.1:${(listener.address() as AddressInfo).port}`]
  const prometheus = await startPrometheus(targets)
  return {
    async scrape() {
      const texts = targets.map(async (each) => (await fetch(`http://${each}/metrics`)).text())
      return (await Promise.all(texts)).join('')
    },
    async ask(path, query = {}) {
      const response = await fetch(`${prometheus.url}/api/v1/${path}?${new URLSearchParams(query)}`)
      const answer = (await response.json()) as { readonly status: string; readonly data: unknown }
      if (answer.status !== 'success') throw new Error(JSON.stringify(answer))
      return answer.data
    },
    async stop() {
      await prometheus.stop()
      listener.close()
      listener.closeAllConnections()
      await operator.stop()
      await fake.stop()
      await postern.stop()
    },
  }
}

async function listen({ operator }: RunningOperator, api: ApiClient) {
  const log = { warn: () => undefined, info: () => undefined, error: () => undefined, debug: () => undefined }
  const place = { namespace: 'postern', name: 'operator' }
  const election = new Election({ api, place, candidate: 'a', lead: async () => undefined, log: log as never })
  const now = Date.now() / 1000
  const token = { kind: 'ServiceToken', namespace: 'tap', name: 'bot-tap', expires: now + 86_400, lastUsed: now - 60 }
  operator.serviceTokens = () => [token]
  operator.reconciles.add('ServiceToken', 'failed')
  operator.reconciles.add('GafaelfawrIngress', 'done')
  const listener = operatorListener({ operator, election }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return listener
}

/** Does a little of everything that is counted. */
async function happen({ url, token, context }: Awaited<ReturnType<typeof startPostern>>): Promise<void> {
  const headers = { ...ASKED, Authorization: `Bearer ${await token('ada')}` }
  await fetch(`${url}/ingress/auth?scope=read:tap`, { headers })
  await fetch(`${url}/ingress/auth?scope=exec:admin`, { headers })
  context.counters.checks.add('unavailable', 'none')
  context.counters.signIns.add('local', 'signed_in')
  context.counters.storeErrors.add('redis')
  context.counters.storeConnections.add('redis')
}

async function startPrometheus(targets: readonly string[]): Promise<{ url: string; stop(): Promise<void> }> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('prometheus', user)
  const port = await freePort()
  const file = join(folder, 'prometheus.yml')
  const rules = join(folder, 'rules.yaml')
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'postern', static_configs: [{ targets }] }],
  }
  writeFileSync(file, JSON.stringify(config))
  copyFileSync('deploy/monitoring/rules.yaml', rules)
  handOver(folder, user)
  const url = `http://127.0.0.1:${port}`
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--log.level=warn']
  const command = ['prometheus', ...args, `--web.listen-address=127.0.0.1:${port}`]
  const server = startServer(command, { user, cwd: folder, log: join(folder, 'log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => answers(`${url}/-/ready`))
  return { url, stop: () => server.stop() }
}

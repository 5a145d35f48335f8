import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { findCluster } from '../../../server/kubernetes/cluster/find-cluster.js'
import { eventually } from '../../support/eventually.js'

/** An answer of etcd's gateway for JSON. */
const ranged = z.looseObject({ header: z.looseObject({ revision: z.string() }) })

/** kube-apiserver and etcd, on loopback. */
export interface RealApiServer {
  readonly kubeconfig: string
  /** Ends the API server alone, without a word to its clients. */
  kill(): Promise<void>
  /** Starts it again. */
  start(): Promise<void>
  /** Has etcd forget all versions but the present one, and the API server what it remembers of them: it starts anew. */
  compact(): Promise<void>
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

/** @param assets a folder with `kube-apiserver` and `etcd`, as controller projects have it */
export async function startRealApiServer(assets: string): Promise<RealApiServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-kubernetes-'))
  const [port, clients, peers] = [await freePort(), await freePort(), await freePort()]
  const file = (name: string) => path.join(folder, name)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(file('sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }))
  writeFileSync(file('tokens.csv'), 'admintoken,admin,admin,"system:masters"\n')
  const cluster = { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: 'admintoken' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  writeFileSync(file('kubeconfig'), JSON.stringify(kubeconfig))
  const run = (program: string, args: readonly string[]): ChildProcess => {
    const log = openSync(file(`${program}.log`), 'a')
    return spawn(path.join(assets, program), args, { stdio: ['ignore', log, log] })
  }
  const [client, peer] = [`http://127.0.0.1:${clients}`, `http://127.0.0.1:${peers}`]
  const etcd = run('etcd', [
    `--data-dir=${file('etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ])
  let server: ChildProcess | undefined
  const end = async (child: ChildProcess | undefined, signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  async function start(): Promise<void> {
    server = run('kube-apiserver', [
      `--etcd-servers=${client}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${file('certs')}`,
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--disable-admission-plugins=ServiceAccount',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('sa.key')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
    ])
    const api = new ApiClient(await findCluster(file('kubeconfig')))
    await eventually(() => api.request({ method: 'GET', path: '/api/v1/namespaces/default' }), { everyMs: 200 })
  }

  async function compact(): Promise<void> {
    await end(server, 'SIGKILL')
    const ask = async (call: string, body: object): Promise<unknown> =>
      (await fetch(`${client}/v3/kv/${call}`, { method: 'POST', body: JSON.stringify(body) })).json()
    const { revision } = ranged.parse(await ask('range', { key: 'AA==', limit: 1 })).header
    await ask('compaction', { revision, physical: true })
    await start()
  }

  await start()
  return {
    compact,
    kubeconfig: file('kubeconfig'),
    start,
    kill: () => end(server, 'SIGKILL'),
    async stop() {
      await end(server, 'SIGTERM')
      await end(etcd, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { KubeConfig } from '@kubernetes/client-node'
import { stringify } from 'yaml'
import { findCluster } from '../../../server/kubernetes/cluster/find-cluster.js'
import { readPlainKubeconfig } from '../../../server/kubernetes/cluster/plain-kubeconfig.js'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-kubeconfig-'))
afterAll(() => rmSync(folder, { recursive: true }))

const data = (text: string) => Buffer.from(text).toString('base64')
const stored = (name: string, text: string) => {
  writeFileSync(path.join(folder, name), text)
  return name
}

/** Writes a kubeconfig of two contexts, of which the second is the current one. */
function kubeconfig(user: object, cluster: object = {}, context: object = {}): string {
  const file = path.join(folder, 'config')
  const named = { server: 'https://api.example.org:6443', ...cluster }
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'site',
    contexts: [
      { name: 'other', context: { cluster: 'other', user: 'other' } },
      { name: 'site', context: { cluster: 'site', user: 'ada', ...context } },
    ],
    clusters: [
      { name: 'other', cluster: { server: 'https://other.example.org', 'proxy-url': 'http://proxy' } },
      { name: 'site', cluster: named },
    ],
    users: [
      { name: 'other', user: { exec: { command: 'login' } } },
      { name: 'ada', user },
    ],
  }
  writeFileSync(file, stringify(content))
  return file
}

/** What the library makes of the same file. */
async function ofLibrary(file: string) {
  const config = new KubeConfig()
  config.loadFromFile(file)
  const options: Record<string, unknown> = {}
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key, servername, rejectUnauthorized, headers } = options
  return { server: config.getCurrentCluster()?.server, tls: { ca, cert, key, servername, rejectUnauthorized }, headers }
}

async function read(file: string) {
  const found = await readPlainKubeconfig(file)
  const { agent, headers = {} } = (await found?.options()) ?? {}
  if (!found || !(agent instanceof Agent)) throw new Error('Left to the library')
  const { ca, cert, key, servername, rejectUnauthorized } = agent.options
  return {
    server: found.server.href.replace(/\/$/, ''),
    tls: { ca, cert, key, servername, rejectUnauthorized },
    headers,
  }
}

describe('a kubeconfig', () => {
  const certificates = { 'client-certificate-data': data('cert'), 'client-key-data': data('key') }
  it.each<[string, object, object]>([
    ['a token', { token: 'secret' }, {}],
    ['a certificate', certificates, { 'certificate-authority-data': data('ca') }],
    [
      'files beside it',
      { 'client-certificate': stored('cert', 'c'), 'client-key': stored('key', 'k') },
      { 'certificate-authority': stored('ca', 'a') },
    ],
    ['no check of the server', { token: 'secret' }, { 'insecure-skip-tls-verify': true }],
    ['another name of the server', { token: 'secret' }, { 'tls-server-name': 'kubernetes', extensions: [] }],
  ])('is read as the library reads it: %s', async (_what, user, cluster) => {
    const file = kubeconfig(user, cluster)
    expect(await read(file)).toEqual(await ofLibrary(file))
  })

  it('has a namespace, and a token in a file that is replaced meanwhile', async () => {
    stored('token', 'first\n')
    const found = await findCluster(kubeconfig({ tokenFile: 'token' }, {}, { namespace: 'tap' }))
    const { agent, headers } = await found.options()
    expect([found.namespace, headers]).toEqual(['tap', { Authorization: 'Bearer first' }])
    stored('token', 'second\n')
    const next = await found.options()
    expect(next.headers).toEqual({ Authorization: 'Bearer second' })
    expect(next.agent).toBe(agent)
  })

  it.each<[string, object, object]>([
    ['a plug-in', { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'login' } }, {}],
    ['a provider', { 'auth-provider': { name: 'oidc' } }, {}],
    ['a password', { username: 'ada', password: 'secret' }, {}],
    ['another user’s name', { token: 'secret', as: 'bob' }, {}],
    ['a proxy', { token: 'secret' }, { 'proxy-url': 'http://proxy.example.org' }],
  ])('is left to the library with %s', async (_what, user, cluster) => {
    const file = kubeconfig(user, cluster)
    expect(await readPlainKubeconfig(file)).toBeUndefined()
    expect((await findCluster(file)).server.host).toBe('api.example.org:6443')
  })

  it('that cannot be read is named, with what to do', async () => {
    await expect(findCluster(path.join(folder, 'none'))).rejects.toThrow(/No Kubernetes cluster is configured/)
    writeFileSync(path.join(folder, 'spoilt'), 'a: [')
    await expect(findCluster(path.join(folder, 'spoilt'))).rejects.toThrow(/No Kubernetes cluster is configured/)
  })
})

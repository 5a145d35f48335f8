import { describe, expect, it } from '@jest/globals'
import { measureCases } from '../lines.js'
import type { LoadGenerator } from '../parts/load.js'
import { type Contest, peerCases } from './cases.js'
import { type Contender, forged, ORIGINAL, type PeerKind } from './contender.js'
import { findPeers } from './find.js'
import { gafaelfawr } from './gafaelfawr.js'
import { cellsOf, peerLines, printedPeers } from './report.js'

const kind = (program: string): PeerKind => ({ program, start: async () => [] })

const contender = (name: string, port: number): Contender => ({
  name,
  version: '1.2.3',
  checks: 'a signature',
  configured: 'by default',
  server: { port, pids: [] },
  ask: { path: '/check', headers: ORIGINAL, valid: 'Cookie: s=good', refused: 'Cookie: s=forged' },
})

const [bare, peer] = [contender('bare', 1), contender('gatekeeper', 2)]
const bareContest: Contest = { contender: bare, at: { direct: bare.server, nginx: { port: 3, pids: [] } } }
const peerContest: Contest = { contender: peer, at: { direct: peer.server, nginx: { port: 4, pids: [] } } }
const cases = peerCases([peerContest], bareContest)

/** A load generator without servers: each request has the status that the peer would give. */
function answering(statusOf: (request: string, port: number) => number): LoadGenerator {
  return {
    run: async ({ request, port }) => ({
      answered: 10,
      seconds: 1,
      statuses: { [port === 2 || port === 4 ? statusOf(request, port) : 200]: 10 },
      p50: 1,
      p99: 2,
    }),
    stop: () => undefined,
  }
}

const measuring = (load: LoadGenerator) => measureCases({ load }, cases, 1, () => undefined)

describe('the bench beside other programs', () => {
  it('names the peers that it did not find', () => {
    const { found, missing } = findPeers(['oauth2-proxy', 'vouch-proxy', 'authelia'].map(kind), (name) =>
      name === 'vouch-proxy' ? '/opt/vouch-proxy' : undefined,
    )
    expect(found.map(({ program }) => program)).toEqual(['/opt/vouch-proxy'])
    expect(missing).toEqual(['oauth2-proxy', 'authelia'])
    const printed = printedPeers({
      ...{ command: '', date: '', machine: {}, rounds: 1, contenders: [], lines: [] },
      missing,
    })
    expect(printed).toContain('Not found: oauth2-proxy, authelia.')
  })

  it('measures a peer that admits the valid credential and refuses the forged one, directly and behind nginx', async () => {
    const { lines } = await measuring(answering((request) => (request.includes('s=good') ? 200 : 401)))
    const found = peerLines(cases, lines)
    expect(found.map(({ contender: name, place, credential }) => [name, place, credential])).toEqual([
      ['gatekeeper', 'direct', 'valid'],
      ['gatekeeper', 'direct', 'refused'],
      ['gatekeeper', 'nginx', 'valid'],
      ['gatekeeper', 'nginx', 'refused'],
    ])
  })

  it('fails, and gives no figure, when a peer refuses the valid credential', async () => {
    await expect(measuring(answering(() => 401))).rejects.toThrow(
      'gatekeeper, valid credential, direct: Not every answer was 200: {"401":10}',
    )
  })

  it('fails, and gives no figure, when a peer admits the forged credential', async () => {
    await expect(measuring(answering(() => 200))).rejects.toThrow(
      'gatekeeper, refused credential, direct: Not every answer was 401: {"200":10}',
    )
  })

  it('fails when nginx admits what the peer itself refuses', async () => {
    const load = answering((request, port) => (request.includes('s=good') || port === 4 ? 200 : 401))
    await expect(measuring(load)).rejects.toThrow(
      'gatekeeper, refused credential, behind nginx: Not every answer was 401',
    )
  })

  it('has no CPU time of a server whose process is not known, instead of a small one', async () => {
    const { lines } = await measuring(answering((request) => (request.includes('s=good') ? 200 : 401)))
    const [line] = JSON.parse(JSON.stringify(peerLines(cases, lines)))
    expect(cellsOf(line)).toEqual(['-', '-', '10.0', '1.00'])
  })

  it('forges a credential of the same form', () => {
    expect(forged('gt-key.secretsecret')).toBe('gt-key.secretsAcret')
    expect(forged('gt-key.secretsAcret')).toBe('gt-key.secretsBcret')
  })
})

describe('a Gafaelfawr that runs already', () => {
  const url = 'http://127.0.0.1:8080'

  it('is measured where the environment names it with a token', () => {
    expect(gafaelfawr({})).toBeUndefined()
    const found = gafaelfawr({ GAFAELFAWR_URL: url, GAFAELFAWR_TOKEN: 'gt-key.secretsecret', GAFAELFAWR_PID: '42' })
    expect(found?.server).toEqual({ port: 8080, pids: [42] })
    expect(found?.ask.valid).toBe('Authorization: Bearer gt-key.secretsecret')
  })

  it('is not measured without a token, nor on another machine', () => {
    expect(() => gafaelfawr({ GAFAELFAWR_URL: url })).toThrow('needs GAFAELFAWR_TOKEN')
    expect(() => gafaelfawr({ GAFAELFAWR_URL: 'https://data.example.org', GAFAELFAWR_TOKEN: 'gt-a.b' })).toThrow(
      'only http://127.0.0.1:PORT is measured',
    )
  })
})

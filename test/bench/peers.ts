// Measures a check beside other programs that answer checks. `npm run bench:peers` takes those that it finds on the PATH, and names
// the others. `-- --build` first builds those that the Go proxy has into a folder below test/; `-- --only authelia,oathkeeper` takes
// these alone; `-- --publish` writes test/bench/results/peers.json and, from it, deploy/docs/performance.md.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { findProgram } from '../../deploy/set-up/find-program.mjs'
import { performancePage } from '../docs/performance-page.js'
import { installModule, moduleProgram, moduleRow } from '../support/programs/go.mjs'
import { runToEnd, type Undo } from '../support/run/at-end.js'
import { measureCases, rehearse } from './lines.js'
import { type PosternAndBare, startPosternAndBare } from './parts/postern-and-bare.js'
import { authelia } from './peers/authelia.js'
import { type Contest, peerCases } from './peers/cases.js'
import type { Contender, PeerKind } from './peers/contender.js'
import { type Found, findPeers } from './peers/find.js'
import { GAFAELFAWR, gafaelfawr } from './peers/gafaelfawr.js'
import { startFront } from './peers/nginx.js'
import { oathkeeper } from './peers/oathkeeper.js'
import { oauth2Proxy } from './peers/oauth2-proxy.js'
import { ourContenders } from './peers/ours.js'
import { versionOf } from './peers/program.js'
import { type PeersReport, peerLines, printedPeers } from './peers/report.js'
import { traefikForwardAuth } from './peers/traefik-forward-auth.js'
import { vouchProxy } from './peers/vouch-proxy.js'

const KINDS = [oauth2Proxy, vouchProxy, traefikForwardAuth, oathkeeper, authelia]
const REHEARSAL_SECONDS = 2
const RESULTS = 'test/bench/results/peers.json'
const PAGE = 'deploy/docs/performance.md'

const { values } = parseArgs({
  options: {
    build: { type: 'boolean' },
    only: { type: 'string' },
    publish: { type: 'boolean' },
    rounds: { type: 'string', default: '5' },
  },
})
const rounds = Number(values.rounds)
if (values.publish && values.only !== undefined) throw new Error('A run of some peers alone is not published')
const isWanted = ({ program }: PeerKind) => values.only === undefined || values.only.split(',').includes(program)
const tell = (text: string) => process.stdout.write(`${text}\n`)

await runToEnd(async (atEnd) => {
  if (values.build) installModule('oauth2Proxy')
  const running = gafaelfawr(process.env)
  const { found, missing: programs } = findPeers(KINDS.filter(isWanted), pathOf)
  const missing = [...programs, ...(running ? [] : [`Gafaelfawr (no ${GAFAELFAWR.url})`])]
  if (missing.length > 0) tell(`Not found, so not measured: ${missing.join(', ')}`)
  tell('Starting stores, servers and proxies…')
  const loadBefore = loadavg()[0] ?? 0
  const site = await startPosternAndBare(atEnd)
  const { postern, bare } = ourContenders(site)
  const peers = await startPeers(found, site, atEnd)
  const contenders = [bare, postern, ...peers, ...(running ? [running] : [])]
  const contests = await Promise.all(contenders.map((each) => contestOf(each, site, atEnd)))
  const [bareContest] = contests
  if (bareContest === undefined) throw new Error('There is no bare server')
  const cases = peerCases(contests, bareContest)
  tell('Asking all of them before they are measured…')
  await rehearse(site, cases, { seconds: REHEARSAL_SECONDS })
  const { lines } = await measureCases(site, cases, rounds, tell)
  const report: PeersReport = {
    command: 'npm run bench:peers',
    date: new Date().toISOString().slice(0, 10),
    machine: await machineOf(site, loadBefore),
    rounds,
    missing,
    contenders: contenders.map(({ name, version, checks, configured }) => ({ name, version, checks, configured })),
    lines: peerLines(cases, lines),
  }
  tell(printedPeers(report))
  if (values.publish) {
    writeFileSync(RESULTS, `${JSON.stringify(report, fewDigits, 2)}\n`)
    execFileSync('node_modules/.bin/biome', ['format', '--write', RESULTS], { stdio: 'ignore' })
    writeFileSync(PAGE, performancePage())
  }
  return 0
})

/** One of the tests' own is taken as well: what the PATH has comes first. */
function pathOf(name: string): string | undefined {
  const built = moduleRow('oauth2Proxy').isInstalled() ? moduleProgram('oauth2Proxy') : undefined
  return findProgram(name) ?? (name === oauth2Proxy.program ? built : undefined)
}

async function startPeers(
  found: readonly Found[],
  { folder, cpu, addresses }: PosternAndBare,
  atEnd: (undo: Undo) => void,
) {
  const all: Contender[] = []
  for (const { kind, program } of found) {
    const own = path.join(folder, kind.program)
    mkdirSync(own)
    const onCpu = cpu === undefined ? [] : ['taskset', '-c', String(cpu)]
    all.push(...(await kind.start({ program, folder: own, redisUrl: addresses.redisUrl, onCpu, atEnd })))
  }
  return all
}

/** A server whose process is not known is not put behind nginx: a part of the CPU time is no figure. */
async function contestOf(contender: Contender, site: PosternAndBare, atEnd: (undo: Undo) => void): Promise<Contest> {
  const cpusOfServers = site.cpu === undefined ? site.others : [site.cpu]
  const { server, atSocket, ask } = contender
  const { port, pids } = server
  const nginx = pids.length > 0 ? await startFront({ port, pids }, ask, cpusOfServers, atEnd) : undefined
  const socket = atSocket && (await startFront(atSocket, ask, cpusOfServers, atEnd))
  return { contender, at: { direct: server, ...(nginx && { nginx }), ...(socket && { socket }) } }
}

async function machineOf({ cpu }: PosternAndBare, loadBefore: number) {
  return {
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    node: process.version,
    nginx: await versionOf(findProgram('nginx') ?? 'nginx', ['-v']),
    pinned: cpu === undefined ? 'nothing: there is one CPU for everything' : `all servers to CPU ${cpu}`,
    loadBefore: Number(loadBefore.toFixed(2)),
    otherWork: loadBefore > 0.5 ? 'the machine was busy with other work, so only the ratios hold' : 'none',
  }
}

function fewDigits(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}

import { readdirSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { formatToken } from '../../../server/core/token/token.js'
import { openSession } from '../../../server/tokens/open-session.js'
import { cpuTime } from '../../support/cpu.js'
import { eventually } from '../../support/eventually.js'
import { startPostern } from '../../support/postern.js'
import type { Undo } from '../../support/run/at-end.js'
import { freePort } from '../../support/run/ports.js'
import { serve } from '../../support/serve.js'
import { fillAccounts, fillSessions, fillTokens, ownerOfFilled } from '../parts/fill.js'
import { startOwnBench } from '../parts/own-bench.js'
import type { Sample } from './growth.js'

/** A credential, and whose it is. */
export interface Known {
  readonly text: string
  readonly owner: string
}

/** A server under load, and what its clients have. */
export interface SoakSite {
  readonly port: number
  /** In use all the time. */
  readonly tokens: readonly Known[]
  readonly sessions: readonly Known[]
  /** So many that the cache has lost each before it comes again. */
  readonly rare: readonly Known[]
  /** Accounts with {@link PASSWORD}. */
  readonly people: readonly string[]
  /** The session of an administrator. */
  readonly administrator: string
  /** Microseconds of CPU so far, with all its threads. */
  cpu(): number
  /** Seconds for which its main thread ran so far, and for which it waited for a CPU that another program had. */
  mainThread(): { readonly ran: number; readonly waited: number }
  sample(): Promise<Omit<Sample, 'seconds'>>
  /** Ends the server as an operator does, so that it says what it could not finish. */
  stop(): Promise<void>
  output(): string
}

const COUNTS = { tokens: 200, sessions: 100, rare: 20_000, people: 20 }
/** The cache is full in the first minutes, so that what grows afterwards is no cache. */
const CACHED = 5_000
const MEMORY_ON_DEMAND = ['--expose-gc', '--import', './test/bench/parts/memory-on-demand.mjs']

export async function startSoakSite(atEnd: (undo: Undo) => void): Promise<SoakSite> {
  const { folder, addresses, secret, env } = await startOwnBench('soak', atEnd)
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const settings = { ...env, POSTERN_BASE_URL: baseUrl, POSTERN_MEMORY_MAX_TOKENS: String(CACHED) }
  const server = await serve({ folder, name: 'postern', port, env: settings, nodeOptions: MEMORY_ON_DEMAND })
  atEnd(() => server.kill())
  const desk = await startPostern({ ...addresses, secret, baseUrl, logLevel: 'error' })
  atEnd(() => desk.stop())
  const { context } = desk
  await fillAccounts(context)
  const people = Array.from({ length: COUNTS.people }, (_, at) => `soaker-${at}`)
  for (const username of people) await desk.account(username)
  const filled = async (texts: Promise<string[]>, ownerOf: (at: number) => string) =>
    (await texts).map((text, at): Known => ({ text, owner: ownerOf(at) }))
  const admin = { username: 'root', scopes: ['user:token', 'admin:token'] as never[], groups: [] }
  const site = {
    tokens: await filled(fillTokens(context, COUNTS.tokens), ownerOfFilled),
    rare: await filled(fillTokens(context, COUNTS.rare), ownerOfFilled),
    sessions: await filled(fillSessions(context, COUNTS.sessions), (at) => `person-${at + 1}`),
    administrator: formatToken(await openSession(context, admin, {})),
  }
  const pid = server.pid()
  const log = path.join(folder, 'postern.log')
  return {
    ...site,
    port,
    people,
    cpu: () => cpuTime([pid]),
    mainThread: () => {
      const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').map(Number)
      return { ran: ran / 1e9, waited: waited / 1e9 }
    },
    async sample() {
      const memory = await saidOnDemand(log, pid)
      return { rss: residentBytes(pid), files: readdirSync(`/proc/${pid}/fd`).length, ...memory }
    },
    stop: () => server.stop(),
    output: server.output,
  }
}

/** Has the process collect its garbage, and reads what it says at the end of its log, which is long by then. */
async function saidOnDemand(log: string, pid: number): Promise<Pick<Sample, 'heap' | 'handles'>> {
  const file = await open(log)
  try {
    const { size } = await file.stat()
    process.kill(pid, 'SIGWINCH')
    const [, heap, handles] = await eventually(async () => {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1 << 20), position: size })
      return /memory in use: (\d+), handles: (\d+)\n/.exec(buffer.toString('latin1', 0, bytesRead)) ?? false
    })
    return { heap: Number(heap), handles: Number(handles) }
  } finally {
    await file.close()
  }
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

// A server at three tenths of what it can do, for an hour: whether its memory, files and connections grow, and whether any
// answer is wrong. `npm run bench:soak -- --minutes 60`; `--share 0.3` is the part of the time in which its main thread
// runs, without the time in which another program has its CPU; the pace follows it. `--json FILE` keeps all samples.
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { bearer, checkOf } from '../../support/clients/caller.js'
import { runToEnd } from '../../support/run/at-end.js'
import { figure, table } from '../../support/table.js'
import { Clients } from './clients.js'
import { type Growth, growthOf, MOST_GROWTH, type Sample } from './growth.js'
import { mixOf } from './mix.js'
import { Pace, Tally } from './pace.js'
import { type SoakSite, startSoakSite } from './site.js'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { minutes: text, share: text, json: text } })
const seconds = Number(values.minutes ?? 60) * 60
const share = Number(values.share ?? 0.3)
const SAMPLES = 120
/** On a machine with too much to do a store does not always answer in time. */
const MOST_UNAVAILABLE = 0.001
const TRIALS = [10, 10, 10, 10, 20, 20]
/** The pace changes by so much at a time: one measurement of a busy machine says little. */
const STEP = 1.25
const tell = (what: string) => process.stdout.write(`${what}\n`)

await runToEnd(async (atEnd) => {
  tell('Starting stores and server…')
  const site = await startSoakSite(atEnd)
  const clients = new Clients(site.port)
  atEnd(() => clients.close())
  const tally = new Tally()
  const revoked: string[] = []
  const pace = new Pace(mixOf(site, clients, revoked), tally)
  for (const each of TRIALS) await keep(site, pace, each)
  tell(`At ${figure(pace.factor)} × the mix for ${figure(seconds / 60)} minutes; load of the machine ${loadavg()[0]}`)
  const samples: Sample[] = []
  let told = 0
  const [begun, cpu] = [performance.now(), site.cpu()]
  const passed = () => (performance.now() - begun) / 1000
  while (passed() < seconds) {
    const busy = await keep(site, pace, Math.min(seconds / SAMPLES, seconds - passed()))
    clients.close()
    const sample = { seconds: passed(), ...(await site.sample()) }
    samples.push(sample)
    tell(`${lineOf(sample, tally, clients.underWay)}; busy ${figure(busy)}, pace ${figure(pace.factor)}`)
    for (const each of tally.wrong.slice(told)) tell(`  ${each}`)
    told = tally.wrong.length
    if (tally.unavailable.length > 0) tell(`  503 so far: ${tally.unavailable.length}`)
  }
  const used = (site.cpu() - cpu) / 1e6 / passed()
  await pace.end()
  const revived = await admittedOf(clients, revoked)
  clients.close()
  await site.stop()
  const errors = site.output().match(/^.*"severity":"(?:error|fatal)".*$/gm) ?? []
  const growth = growthOf(samples)
  const report = {
    seconds,
    share: used,
    done: [...tally.done],
    skipped: tally.skipped,
    wrong: tally.wrong,
    errors,
    unavailable: tally.unavailable,
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ ...report, revived, growth, samples }))
  print(report, growth)
  tell(`${revoked.length} tokens revoked; admitted when each was asked for once more: ${revived}`)
  const isThere = tally.unavailable.length <= tally.total * MOST_UNAVAILABLE
  const isRight = isThere && tally.wrong.length + errors.length + revived === 0
  return isRight && !growth.some(({ isTooMuch }) => isTooMuch) ? 0 : 1
})

/** Keeps the pace for some seconds and then mends it; returns the part of the time in which the server ran. */
async function keep(site: SoakSite, pace: Pace, trial: number): Promise<number> {
  const [begun, before] = [performance.now(), site.mainThread()]
  await pace.keep(trial)
  const after = site.mainThread()
  const own = (performance.now() - begun) / 1000 - (after.waited - before.waited)
  const busy = (after.ran - before.ran) / own
  pace.factor *= Math.min(STEP, Math.max(1 / STEP, share / busy))
  return busy
}

async function admittedOf(clients: Clients, tokens: readonly string[]): Promise<number> {
  let admitted = 0
  for (const token of tokens) {
    const { status } = await clients.ask(checkOf('scope=read:tap', bearer(token)))
    if (status !== 401) admitted++
  }
  return admitted
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function lineOf({ seconds: at, rss, heap, files, handles }: Sample, tally: Tally, underWay: number): string {
  const memory = `RSS ${megabytes(rss)} MB, heap ${megabytes(heap)} MB, ${files} files, ${handles} handles`
  return `${Math.round(at)} s: ${memory}; ${tally.total} done, ${tally.wrong.length} wrong, ${underWay} under way`
}

interface Printed {
  readonly share: number
  readonly done: readonly (readonly [string, number])[]
  readonly skipped: number
  readonly wrong: readonly string[]
  readonly unavailable: readonly string[]
  readonly errors: readonly string[]
}

function print({ share: used, done, skipped, wrong, unavailable, errors }: Printed, growth: readonly Growth[]): void {
  tell(`\n${table(done.map(([name, count]) => [name, String(count)]))}`)
  tell(`CPU: ${figure(used)} of a core; not begun, because too much was under way: ${skipped}\n`)
  const rows = growth.map(({ name, first, last, share: more, isTooMuch }) => {
    const each = (value: number) => (name === 'rss' || name === 'heap' ? `${megabytes(value)} MB` : String(value))
    return [name, each(first), each(last), `${(more * 100).toFixed(1)} %`, isTooMuch ? 'TOO MUCH' : 'reached']
  })
  tell(table([['', 'first quarter', 'last quarter', `growth, ≤ ${MOST_GROWTH * 100} %`, ''], ...rows]))
  tell(
    `Wrong answers: ${wrong.length}; 503, at most one in a thousand: ${unavailable.length}; errors: ${errors.length}`,
  )
  for (const each of errors.slice(0, 5)) tell(`  ${each.slice(0, 500)}`)
}

// Sends forged credentials to a server with each of the two parsers of checks, and counts what became of them. `npm run forge --
// --credentials 1000000`, with `--seed 7` for the same ones again and `--seconds 600` for no longer. Ends with 1 when one was admitted, or answered 500.
import { parseArgs } from 'node:util'
import { runToEnd } from '../../support/run/at-end.js'
import { startRunStores } from '../../support/run/run-stores.mjs'
import { table } from '../../support/table.js'
import { runCampaign, type Tally } from './campaign.js'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seed: text, credentials: text, seconds: text } })
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const credentials = Number(values.credentials ?? 1_000_000)
const HEAD = ['', 'forged', 'genuine', 'in another form', 'admitted of those', 'answers of both']
const PROGRESS = 50_000
const tell = (what: string) => process.stdout.write(`${what}\n`)

await runToEnd(async (atEnd) => {
  tell(`Seed ${seed}`)
  const stores = await startRunStores()
  atEnd(stores.stop)
  process.env.POSTERN_TEST_DATABASE_URL = stores.databaseUrl
  process.env.POSTERN_TEST_TEMPLATE = stores.template
  process.env.POSTERN_TEST_REDIS_URL = stores.redisUrl
  const begun = performance.now()
  let told = 0
  const { sent, tallies, byDoor, byNode, faults, spoiltLines } = await runCampaign({
    seed,
    credentials,
    ...(values.seconds !== undefined && { seconds: Number(values.seconds) }),
    onProgress: (count) => {
      if (count - told < PROGRESS) return
      told = count
      tell(`${count} credentials after ${Math.round((performance.now() - begun) / 1000)} s`)
    },
  })
  tell(`\n${table([HEAD, ...[...tallies].sort((a, b) => (a.kind < b.kind ? -1 : 1)).map(rowOf)])}\n`)
  for (const each of [...faults, ...spoiltLines.slice(0, 10)]) tell(each)
  const forged = tallies.reduce((sum, each) => sum + each.forged, 0)
  const seconds = Math.round((performance.now() - begun) / 1000)
  tell(
    `${sent} credentials, ${forged} of them forged, to each of two parsers in ${seconds} s; the door answered ${byDoor}, and Node ${byNode} of its others`,
  )
  tell(`${faults.length} faults; ${spoiltLines.length} spoilt lines in the logs`)
  return faults.length + spoiltLines.length > 0 ? 1 : 0
})

function rowOf({ kind, forged, genuine, equivalent, admitted, statuses }: Tally): string[] {
  const answers = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
  return [kind, ...[forged, genuine, equivalent, admitted].map(String), answers.join(', ')]
}

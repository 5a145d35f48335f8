// Breaks servers, stores and the network under load, and counts the violations. `npm run faults`, with
// `-- --seed 7` for the same faults again, `--faults 20 --deaths 10` for fewer, `--only Redis` for those of that name,
// `--scene delegating` for the deaths in those scenes, and `--json` for one JSON document on standard output and nothing else.
import { parseArgs } from 'node:util'
import { runToEnd } from '../support/run/at-end.js'
import { table } from '../support/table.js'
import { type Report, runCampaign } from './campaign.js'
import type { Wrongs } from './ledger.js'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { seed: text, faults: text, only: text, deaths: text, scene: text, json: { type: 'boolean' } },
})
const seed = Number(values.seed ?? Date.now() % 100_000)
const campaign = {
  seed,
  faults: Number(values.faults ?? 150),
  ...(values.only !== undefined && { only: values.only }),
  ...(values.deaths !== undefined && { deaths: Number(values.deaths) }),
  ...(values.scene !== undefined && { scene: values.scene }),
}
const tell = (what: string) => (values.json ? process.stderr : process.stdout).write(`${what}\n`)

/** The violations that no fault excuses. A refusal just after a fault is a nuisance; these are not. */
const NEVER: readonly (keyof Wrongs)[] = ['admitted', 'lost', 'unusable']

await runToEnd(async (atEnd) => {
  tell(`Seed ${seed}`)
  const begun = performance.now()
  const report = await runCampaign(campaign, tell, atEnd)
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else print(report, (performance.now() - begun) / 1000)
  return NEVER.every((kind) => report.wrongs[kind].length === 0) ? 0 : 1
})

function print({ faults, deaths, checks, changes, unknown, tokens, wrongs }: Report, seconds: number): void {
  const total = Object.values(faults).reduce((sum, count) => sum + count, deaths)
  const rows = [...Object.entries(faults).sort(), ['a server dies between two writes', deaths] as const]
  tell(`\n${table([...rows.map(([name, count]) => [name, String(count)]), ['faults in all', String(total)]])}`)
  tell(
    `${checks} checks and ${changes} changes in ${Math.round(seconds)} s, ${tokens} tokens shown; ${unknown} of the changes were not confirmed\n`,
  )
  const counted: readonly (readonly [string, keyof Wrongs])[] = [
    ['wrongly admitted', 'admitted'],
    ['wrongly refused while the stores were up', 'refused'],
    ['confirmed changes lost', 'lost'],
    ['tokens shown but unusable', 'unusable'],
    ['answered 500', 'failed'],
  ]
  tell(table(counted.map(([name, kind]) => [name, String(wrongs[kind].length)])))
}

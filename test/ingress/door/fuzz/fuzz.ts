// Compares the door of the checks with Node's parser on generated requests. `npm run fuzz:door -- --requests 10000000`, with
// `--seed 7` for the same requests again. Ends with 1 at a difference, and prints it.
import { parseArgs } from 'node:util'
import { compareAnswers } from './compare.js'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seed: text, requests: text } })
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const requests = Number(values.requests ?? 1_000_000)
const PROGRESS = 500_000

process.stdout.write(`Seed ${seed}\n`)
const begun = performance.now()
const { differences, answers, answeredByDoor } = await compareAnswers(seed, requests, (done) => {
  if (done > 0 && done % PROGRESS === 0) process.stdout.write(`${done} connections\n`)
})
const seconds = Math.round((performance.now() - begun) / 1000)
for (const each of differences) process.stdout.write(`${each}\n`)
process.stdout.write(
  `${requests} connections in ${seconds} s: ${answers} answers, ${answeredByDoor} of them by the door; ${differences.length} differences\n`,
)
process.exitCode = differences.length > 0 ? 1 : 0

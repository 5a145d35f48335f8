import { describe, expect, it } from '@jest/globals'
import { start } from '../operate/cli/executable.js'
import type { Report } from './campaign.js'

/** The long one is `npm run faults`. */
const SHORT = ['--seed', '1', '--faults', '6', '--deaths', '5', '--json']

describe('servers, stores and networks that break under load', () => {
  it('admit no request that they should refuse, and lose no confirmed change', async () => {
    const program = ['--import', './test/support/run/typescript.mjs', 'test/faults/faults.ts', ...SHORT]
    const campaign = start([process.execPath, ...program], {})
    const code = await campaign.ended()
    const line = campaign
      .output()
      .split('\n')
      .find((each) => each.startsWith('{'))
    if (line === undefined) throw new Error(`The campaign ended with ${code}:\n${campaign.output()}`)
    const { wrongs, deaths, checks } = JSON.parse(line) as Report
    expect({ admitted: wrongs.admitted, lost: wrongs.lost, unusable: wrongs.unusable }).toEqual({
      admitted: [],
      lost: [],
      unusable: [],
    })
    expect(code).toBe(0)
    expect(deaths).toBe(5)
    expect(checks).toBeGreaterThan(200)
  }, 300_000)
})

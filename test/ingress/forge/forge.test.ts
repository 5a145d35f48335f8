import { describe, expect, it } from '@jest/globals'
import { runCampaign } from './campaign.js'

/** As many as come in this time; a quiet machine sends all of them. */
const CREDENTIALS = 30_000
const SECONDS = 40

describe('a forged credential', () => {
  it('is refused by both parsers of checks alike, whatever it was made from, and never answered 500', async () => {
    const seed = Number(process.env.POSTERN_FUZZ_SEED ?? Date.now() % 1_000_000)
    const campaign = { seed, credentials: CREDENTIALS, seconds: SECONDS }
    const { faults, spoiltLines, byDoor, byNode, tallies, sent } = await runCampaign(campaign)
    expect({ seed, faults, spoiltLines }).toEqual({ seed, faults: [], spoiltLines: [] })
    // Both were asked; and what is genuine was drawn, too, and admitted.
    expect(byDoor).toBeGreaterThan(byNode)
    expect(byNode).toBeGreaterThan(0)
    expect(tallies.reduce((sum, { genuine }) => sum + genuine, 0)).toBeGreaterThan(sent / 200)
  })
})

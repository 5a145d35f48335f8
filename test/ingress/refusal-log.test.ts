import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let recording: RunningPostern
beforeAll(async () => {
  postern = await startPostern()
  recording = await startPostern({ settings: { audit: { checks: true } } })
})
afterAll(async () => {
  await postern.stop()
  await recording.stop()
})

async function ask({ url }: RunningPostern, token: string, path = '/tap/sync'): Promise<number> {
  const headers = { ...ASKED, 'X-Original-URL': `https://data.example.org${path}`, Authorization: `Bearer ${token}` }
  const { status } = await fetch(`${url}/ingress/auth?scope=read:tap&service=tap`, { headers })
  return status
}

interface LogLine {
  readonly msg: string
  readonly count?: number
  readonly event?: { readonly reason?: string }
  readonly postern?: { readonly details?: { readonly count: number } }
}

/** The lines of refusals for a wrong secret, and of the events about them. */
function refusals({ logged }: RunningPostern): { lines: LogLine[]; events: LogLine[] } {
  const all = logged()
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as LogLine)
  return {
    lines: all.filter(({ msg }) => msg === 'Token is not valid'),
    events: all.filter(({ msg, event }) => msg === 'audit' && event?.reason === 'invalid_token'),
  }
}

const sum = (counts: readonly (number | undefined)[]) => counts.reduce<number>((total, each) => total + (each ?? 1), 0)

describe('refusals that come again', () => {
  it('are counted in few lines, and none is lost for the log, the metrics, the tallies and the alarms', async () => {
    const wrong = (await postern.token('ada')).replace(/.{4}$/, 'AAAA')
    for (let time = 0; time < 60; time++) expect(await ask(postern, wrong)).toBe(401)
    await eventually(async () => sum(refusals(postern).lines.map(({ count }) => count)) === 60)
    const { lines, events } = refusals(postern)
    expect(sum(events.map((each) => each.postern?.details?.count))).toBe(60)
    expect(events).toHaveLength(lines.length)
    expect(lines.length).toBeLessThan(30)
    expect(lines[0]?.count).toBeUndefined()
    const { counters, audit } = postern.context
    expect([...counters.checks].filter(([code]) => code === 'invalid_token')).toEqual([['invalid_token', 'none', 60]])
    expect(counters.tallies.of('tap', 'invalid_token').count).toBe(60)
    expect(audit.refusals.take(0).get('invalid_token')).toBe(60)
  })

  it('of many kinds at a time have a bounded number of lines, with the whole number in them', async () => {
    const wrong = (await postern.token('grace')).replace(/.{4}$/, 'AAAA')
    const before = refusals(postern).lines.length
    const from = sum(refusals(postern).lines.map(({ count }) => count))
    const paths = Array.from({ length: 600 }, (_, n) => `/tap/${n}`)
    for (let at = 0; at < paths.length; at += 60)
      await Promise.all(paths.slice(at, at + 60).map((path) => ask(postern, wrong, path)))
    await eventually(async () => sum(refusals(postern).lines.map(({ count }) => count)) === from + 600)
    expect(sum(refusals(postern).events.map((each) => each.postern?.details?.count))).toBe(from + 600)
    expect(refusals(postern).lines.length - before).toBeLessThanOrEqual(600)
  })

  it('are an event each where the site wants them in the table', async () => {
    const wrong = (await recording.token('ada')).replace(/.{4}$/, 'AAAA')
    for (let time = 0; time < 20; time++) await ask(recording, wrong)
    expect(refusals(recording).events).toHaveLength(20)
  })
})

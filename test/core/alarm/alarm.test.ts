import { describe, expect, it } from '@jest/globals'
import { webhookBody } from '../../../server/core/alarm/alarm.js'
import { alarmOfEvent } from '../../../server/core/alarm/break-glass.js'
import { hasJustReached, RefusalCounts } from '../../../server/core/alarm/refusal-counts.js'

describe('the message of an alarm', () => {
  const said = (text: string) => webhookBody('https://data.example.org', { key: 'k', text }).text

  it('names the site', () => expect(said('Redis is down.')).toBe('Postern at https://data.example.org: Redis is down.'))

  it('Attack: markup in a name mentions no channel and makes no link', () => {
    expect(said('<!channel> & <https://evil.example|here>')).toBe(
      'Postern at https://data.example.org: &lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;',
    )
  })

  it('is bounded', () => expect(said('x'.repeat(60_000))).toHaveLength(1000))
})

describe('the alarm of an audit event', () => {
  const event = (action: string, more: object = {}) => ({ event: { id: 'e1', action }, ...more })

  // biome-ignore format: a table reads in columns
  it.each([
    ['lockdown.on',       'The site was locked down'],
    ['lockdown.off',      'The lockdown was ended'],
    ['revoke.all',        'The sessions and tokens of all users that were issued before a time are being revoked'],
    ['account.emergency', 'An emergency account signed in'],
  ])('%s says what happened, who did it, and from where', (action, happened) => {
    const by = { user: { name: 'grace' }, source: { ip: '192.0.2.7' } }
    expect(alarmOfEvent(event(action, by))).toEqual({
      key: 'event:e1',
      text: `${happened}, by grace from 192.0.2.7 (audit event e1).`,
    })
  })

  it('leaves out what the event does not know', () => {
    expect(alarmOfEvent(event('lockdown.on', { user: {}, source: {} }))?.text).toBe(
      'The site was locked down (audit event e1).',
    )
    expect(alarmOfEvent(event('lockdown.on'))?.text).toBe('The site was locked down (audit event e1).')
  })

  it.each([event('token.create'), event('toString'), event(''), { event: { id: 'e1' } }, {}])(
    'is none for an act of every day: %j',
    (each) => expect(alarmOfEvent(each)).toBeUndefined(),
  )
})

describe('counts of refusals', () => {
  it('are by code, and begin anew when they are taken', () => {
    const counts = new RefusalCounts()
    for (const code of ['invalid_token', 'permission_denied', 'invalid_token'] as const) counts.add(code)
    expect([...counts.take(7)]).toEqual([
      ['invalid_token', 2],
      ['permission_denied', 1],
    ])
    expect([...counts.take(7)]).toEqual([])
  })

  it('of a code that has reached the threshold are dropped for the rest of the window, and of that window alone', () => {
    const counts = new RefusalCounts()
    const taken = (window: number) => {
      for (const code of ['invalid_token', 'permission_denied'] as const) counts.add(code)
      return [...counts.take(window).keys()]
    }
    counts.noteReached('invalid_token', 7)
    expect(taken(7)).toEqual(['permission_denied'])
    expect(taken(8)).toEqual(['invalid_token', 'permission_denied'])
  })

  it.each(['no_authorization', 'not_found', 'method_not_allowed', 'options_not_supported', 'rate_limited'] as const)(
    'have no %s, which says nothing of an attack',
    (code) => {
      const counts = new RefusalCounts()
      counts.add(code)
      expect(counts.take(7).size).toBe(0)
    },
  )

  // biome-ignore format: a table reads in columns
  it.each([
    ['below it',                             99,   5, false],
    ['at it with the last',                 100,   1, true],
    ['over it with the last ones',          103,   4, true],
    ['at it before the last ones',          104,   4, false],
  ])('whose sum is %s raise an alarm at 100: once, in one process', (_what, sum, added, expected) => {
    expect(hasJustReached(100, sum, added)).toBe(expected)
  })
})

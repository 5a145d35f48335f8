import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'
import { settingsSchema } from '../../server/settings/schema.js'

describe('the settings of events', () => {
  it('are off where the site says nothing', () => {
    expect(settingsSchema.parse({}).events).toEqual({})
  })

  it('take the token of the sink from the environment, and never show it', () => {
    const environment = {
      POSTERN_EVENTS: '{sink: "https://broker.example.org/"}',
      POSTERN_EVENTS_SINK_TOKEN: 'hunter2',
    }
    const { events } = loadSettings(environment)
    expect(events.sinkToken?.reveal()).toBe('hunter2')
    expect(JSON.stringify(events)).not.toContain('hunter2')
  })

  it.each([
    ['a file', 'file:///var/log/events'],
    ['a URL with a password in it', 'https://me:hunter2@broker.example.org'],
  ])('refuse a sink that is %s', (_what, sink) => {
    const load = () => loadSettings({ POSTERN_EVENTS: JSON.stringify({ sink }) })
    expect(load).toThrow(/events\.sink|POSTERN_EVENTS\.sink/i)
    expect(load).not.toThrow(/hunter2/)
  })
})

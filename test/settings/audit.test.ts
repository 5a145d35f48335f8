import { describe, expect, it } from '@jest/globals'
import { loadSettings, SettingsError } from '../../server/settings/load.js'
import { settingsSchema } from '../../server/settings/schema.js'

describe('the settings of the audit trail', () => {
  it('keep events for a year, and log no admissions, where the site says nothing', () => {
    expect(settingsSchema.parse({}).audit).toEqual({ retention: 31_536_000, checks: false, admissions: false })
  })

  it('take the token of the sink from the environment, and never show it', () => {
    const environment = { POSTERN_AUDIT: '{sink: "https://logs.example.org/in"}', POSTERN_AUDIT_SINK_TOKEN: 'hunter2' }
    const { audit } = loadSettings(environment)
    expect(audit.sinkToken?.reveal()).toBe('hunter2')
    expect(JSON.stringify(audit)).not.toContain('hunter2')
  })

  it.each([
    ['a file', 'file:///var/log/audit'],
    ['no address', 'syslog+tcp://'],
    ['a password in it', 'https://me:hunter2@logs.example.org'],
  ])('refuse a sink that is %s', (_what, sink) => {
    const load = () => loadSettings({ POSTERN_AUDIT: JSON.stringify({ sink }) })
    expect(load).toThrow(SettingsError)
    expect(load).toThrow(/audit\.sink|POSTERN_AUDIT\.sink/i)
    expect(load).not.toThrow(/hunter2/)
  })

  it('refuse a retention of less than a day', () => {
    expect(() => loadSettings({ POSTERN_AUDIT: '{retention: 1h}' })).toThrow(/retention: must be at least one day/)
  })
})

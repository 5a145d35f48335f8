import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it } from '@jest/globals'
import { openLog } from '../../../server/operate/observability/log.js'
import { loadSettings } from '../../../server/settings/load.js'

it('an error is logged by what it says, and by nothing that a driver hangs on to it', async () => {
  const sink = new PassThrough()
  const log = openLog(loadSettings({}), sink)
  log.error(
    {
      err: Object.assign(new Error('gone'), {
        code: 'X1',
        client: { secretKey: 42 },
        command: { name: 'auth', args: ['hunter2'] },
      }),
    },
    'Lost',
  )
  const invalid = new Error(
    '\nInvalid `db.account.create()` invocation: { passwordHash: "hunter2" }\n\nArgument `uid` is missing.',
  )
  invalid.name = 'PrismaClientValidationError'
  log.error({ err: invalid }, 'Failed')
  sink.end()
  const [lost, failed] = (await text(sink))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lost.err).toEqual({ type: 'Error', message: 'gone', code: 'X1', stack: expect.stringMatching(/^ +at /) })
  expect(failed.err.message).toBe('Argument `uid` is missing.')
  expect(JSON.stringify([lost, failed])).not.toMatch(/hunter2|secretKey/)
})

it('has Gafaelfawr’s names where the site asks for them, also of errors and of lines without fields', async () => {
  const sink = new PassThrough()
  const log = openLog(loadSettings({ POSTERN_LOG_FORMAT: 'gafaelfawr' }), sink)
  log.warn({ code: 'insufficient_scope', required_scopes: ['read:tap'], user: 'ada', remoteIp: '192.0.2.1' }, 'Refused')
  log.error({ err: Object.assign(new Error('gone'), { client: 'hunter2' }) }, 'Lost')
  log.info('Stopping')
  sink.end()
  const lines = (await text(sink)).trim().split('\n')
  const common = { logger: 'gafaelfawr', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) }
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      ...common,
      severity: 'warning',
      event: 'Permission denied',
      error: 'Token missing required scope',
      required_scopes: ['read:tap'],
      user: 'ada',
      httpRequest: { remoteIp: '192.0.2.1' },
    },
    { ...common, severity: 'error', event: 'Lost', exception: expect.stringMatching(/^Error: gone\n +at /) },
    { ...common, severity: 'info', event: 'Stopping' },
  ])
  expect(lines.join()).not.toContain('hunter2')
})

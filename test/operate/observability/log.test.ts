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

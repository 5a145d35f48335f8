import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { chainEvents } from '../../../server/operate/jobs/audit.js'
import { withChain } from '../../../server/storage/audit/extend-chain.js'
import { loggedEvents, storedEvents } from '../../storage/audit/support/events.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/run/ports.js'
import { temporaryFolder } from '../../support/run/unprivileged.js'
import { serve } from '../../support/serve.js'
import { useCommandLine } from './command-line.js'
import { startServer } from './executable.js'

const { site, environment, run } = useCommandLine()

describe('a command', () => {
  it.each([
    ['account add', ['account', 'add', 'carol', '--password-stdin'], { action: 'account.create', outcome: 'success' }],
    ['account disable', ['account', 'disable', 'carol'], { action: 'account.disable', outcome: 'success' }],
    ['account enable', ['account', 'enable', 'carol'], { action: 'account.enable', outcome: 'success' }],
    ['account passwd', ['account', 'passwd', 'carol', '--password-stdin'], { action: 'account.password' }],
    ['that is refused', ['account', 'disable', 'dave'], { action: 'command', reason: 'account_unknown' }],
    [
      'with a token that is not there',
      ['token', 'revoke', `gt-${'k'.repeat(22)}.${'s'.repeat(22)}`],
      { action: 'command', reason: 'not_found' },
    ],
  ])('%s leaves one event, which the server logs', async (_name, args, event) => {
    const before = (await storedEvents(site())).length
    // A new password must differ from the one before.
    const { output } = await run(args, args[1] === 'passwd' ? 'another long good password\n' : 'a long good password\n')
    expect(output).not.toContain('"audit"')
    const events = (await storedEvents(site())).slice(before)
    expect(events).toEqual([expect.objectContaining({ user: expect.objectContaining({ name: '<operator>' }) })])
    expect(events[0]).toMatchObject({ event, postern: { channel: 'command' } })
    await chainEvents(site().context)
    expect(loggedEvents(site()).at(-1)?.event.id).toBe(events[0]?.event.id)
    expect(JSON.stringify(events) + site().logged()).not.toMatch(/s{22}|long good password/)
  })

  it('audit verify says that the chain is whole, or names the event that is not', async () => {
    await chainEvents(site().context)
    const whole = await run(['audit', 'verify'])
    expect(whole).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^The chain is whole: \d+ events\. Head \d+:[0-9a-f]{64}$/m),
    })
    const [head = ''] = /\d+:[0-9a-f]{64}/.exec(whole.output) ?? []
    expect((await run(['audit', 'verify', '--head', head])).code).toBe(0)
    expect((await run(['audit', 'verify', '--head', `1:${'f'.repeat(64)}`])).output).toContain(
      'event 1 was edited or moved',
    )
    await site().context.postgres.pool.query(`UPDATE audit_event SET event = event || ' ' WHERE position = 2`)
    const broken = await run(['audit', 'verify'])
    expect(broken).toMatchObject({ code: 1, output: expect.stringContaining('event 2 was edited or moved') })
    await site().context.postgres.pool.query(`UPDATE audit_event SET event = trim(event) WHERE position = 2`)
  })
})

describe('a server', () => {
  const UNCHAINED = 'SELECT count(*)::int AS count FROM audit_event WHERE position IS NULL'
  const unchained = async () => Number((await site().context.postgres.pool.query(UNCHAINED)).rows[0].count)

  it('records its settings when it starts, without their secrets', async () => {
    const before = (await storedEvents(site())).length
    const server = startServer({
      ...environment(),
      POSTERN_AUDIT_SINK_TOKEN: 'hunter2',
      POSTERN_AUDIT: '{retention: 2d}',
    })
    await server.printed(/"action":"settings.load"/)
    server.child.kill('SIGKILL')
    await server.ended()
    const [event] = (await storedEvents(site())).slice(before)
    expect(event).toMatchObject({
      event: { action: 'settings.load' },
      postern: { after: { audit: { retention: 172_800, sinkToken: '[secret]' }, secret: ['[secret]'] } },
    })
    expect(JSON.stringify(event)).not.toMatch(/hunter2|xxxx/)
  })

  it('chains the events of a process that ended before it did', async () => {
    await site().account('ada')
    expect(await unchained()).toBeGreaterThan(0)
    const server = startServer(environment())
    await eventually(async () => (await unchained()) === 0)
    server.child.kill('SIGTERM')
    await server.ended()
    expect((await run(['audit', 'verify'])).code).toBe(0)
  })

  it('that is killed between an act and its chaining loses no event of it', async () => {
    const { pool } = site().context.postgres
    const ada = await site().token('ada', { scopes: ['user:token'] })
    const port = await freePort()
    const env = { ...environment(), POSTERN_PORT: String(port) }
    const server = await serve({ folder: temporaryFolder('killed'), name: 'killed', port, env })
    // No process chains while this runs.
    const key = await eventually(() =>
      withChain(pool, async () => {
        const created = await request(server.url)
          .post('/auth/api/v1/users/ada/tokens')
          .set('Authorization', `Bearer ${ada}`)
          .send({ token_name: 'acknowledged', scopes: ['user:token'] })
        await server.kill()
        return String(created.body.token).slice(3, 25)
      }),
    )
    const placeOf = async () => {
      const { rows } = await pool.query<{ position: string | null }>(
        `SELECT position FROM audit_event WHERE action = 'token.create' AND event::jsonb #>> '{postern,object,id}' = $1`,
        [key],
      )
      return rows.map(({ position }) => position)
    }
    expect(await placeOf()).toEqual([null])
    await server.start()
    await eventually(async () => (await unchained()) === 0)
    await server.stop()
    expect(await placeOf()).toEqual([expect.any(String)])
    expect(await run(['audit', 'verify'])).toMatchObject({ code: 0, output: expect.stringContaining('is whole') })
  })
})

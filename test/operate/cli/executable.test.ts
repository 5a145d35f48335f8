import { expect, it } from '@jest/globals'
import { findAccount } from '../../../server/storage/postgres/accounts.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { Visitor } from '../../support/clients/visitor.js'
import { useCommandLine } from './command-line.js'
import { postern, start } from './executable.js'

const { site, environment } = useCommandLine()
const execute = (args: readonly string[], input?: string) => postern(environment(), args, input)

it('the executable reads a password from its standard input, and ends when the act is done', async () => {
  const added = await execute(['account', 'add', 'ada', '--group', 'users', '--password-stdin'], 'a good password\n')
  expect(added).toEqual({ code: 0, output: expect.stringMatching(/^Added ada \(UID \d+, GID \d+\)\.\nScopes: /) })
  expect((await new Visitor(site()).signIn('ada', 'a good password')).status).toBe(303)
})

it('the executable ends with 1 when it is refused, and the event has its words', async () => {
  const refused = await execute(['account', 'disable', 'not-here'])
  expect(refused).toEqual({ code: 1, output: expect.stringContaining('There is no account of that name') })
  expect((await storedEvents(site())).at(-1)).toMatchObject({ postern: { object: { id: 'account disable not-here' } } })
})

it.each([
  ['help', ['--help'], 0],
  ['no command', [], 1],
  ['an unknown command', ['frobnicate'], 1],
])('the executable with %s shows what there is', async (_what, args, code) => {
  expect(await execute(args)).toEqual({ code, output: expect.stringContaining('Usage: postern ') })
})

it('the executable ends with 0 when its act is done and its terminal is closed', async () => {
  await site().account('grace')
  const run = start([process.execPath, 'server/operate/cli/postern.mjs', 'account', 'disable', 'grace'], environment())
  run.child.stdout?.destroy()
  expect([await run.ended(), run.output()]).toEqual([0, ''])
  expect(await findAccount(site().context.postgres.prisma, 'grace')).toMatchObject({ disabled: expect.any(Number) })
})

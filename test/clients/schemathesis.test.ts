import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { apiDocument } from '../../server/api/openapi/document.js'
import { extendChain } from '../../server/storage/audit/extend-chain.js'
import { type Desk, openDesk } from '../support/clients/client.js'
import type { RunningPostern } from '../support/postern.js'
import { wheelFolder } from '../support/programs/wheels.mjs'
import { describeWith } from '../support/run/requires.js'
import { startArchive } from '../support/stores/archive.js'

const FOLDER = fileURLToPath(new URL('./support/schemathesis', import.meta.url))
/** Forty seconds of one CPU are some minutes on a machine that has other work. */
const MOST = 600_000

/** What was done in a run, so that it does not find nothing because all is refused. */
const ACTS = [
  'token.create',
  'token.edit',
  'token.revoke',
  'program.load',
  'program.grant',
  'quota.replace',
  'oidc-client.edit',
]

const OWN_SCOPES = ['admin:token', 'admin:userinfo', 'admin:programs', 'user:token', 'read:tap']

describeWith(['schemathesis'], 'schemathesis', () => {
  let postern: RunningPostern
  let desk: Desk
  let environment: Readonly<Record<string, string>>

  beforeAll(async () => {
    const limits = { apiCalls: 1_000_000, tokensPerUser: 10_000 }
    postern = await startArchive({
      baseUrl: 'https://data.example.org',
      settings: { limits, oidcServer: { enabled: true } },
    })
    desk = openDesk()
    await postern.account('root', ['users', 'admins'])
    const made = [await postern.token('root'), await postern.token('root'), await postern.token('root')]
    environment = {
      PYTHONPATH: wheelFolder('schemathesis'),
      PYTHONDONTWRITEBYTECODE: '1',
      SCHEMATHESIS_HOOKS: `${FOLDER}/hooks.py`,
      POSTERN_OWNER: 'root',
      POSTERN_KEYS: made.map((each) => each.slice(3, 25)).join(' '),
      POSTERN_SCOPES: 'read:tap user:token',
      POSTERN_SESSION: await postern.session('root'),
      POSTERN_TOKEN: await postern.token('root', { scopes: OWN_SCOPES }),
    }
    // The audit trail has its first events.
    await extendChain(postern.context.postgres)
  })
  afterAll(async () => {
    desk?.clear()
    await postern?.stop()
  })

  async function run(document: string, ...options: string[]): Promise<{ code: number | null; report: string }> {
    const program = ['python3', '-m', 'schemathesis.cli', '--config-file', `${FOLDER}/schemathesis.toml`, 'run']
    const { code, stdout, stderr } = await desk.run([...program, document, '--no-color', ...options], environment, MOST)
    return { code, report: code === 0 ? '' : `${stdout}${stderr}` }
  }

  it(
    'finds with all its checks no answer that the document does not promise, and no form that it does not state',
    async () => {
      expect(await run(`${postern.url}/auth/openapi.json`, '--seed', '1', '--max-examples', '3')).toEqual({
        code: 0,
        report: '',
      })
      const { auditEvent } = postern.context.postgres.prisma
      const acts = await auditEvent.findMany({
        where: { event: { contains: '"outcome":"success"' } },
        distinct: ['action'],
      })
      const done = new Set(acts.map(({ action }) => action))
      expect(ACTS.filter((action) => !done.has(action))).toEqual([])
    },
    MOST,
  )

  it('finds a form that is taken out of the document', async () => {
    const stated = JSON.stringify(apiDocument())
    const document = JSON.parse(stated, (name, value) => (name === 'pattern' ? undefined : value))
    const file = desk.file('openapi.json', JSON.stringify(document))
    const options = ['--url', postern.url, '--include-operation-id', 'getHistoryTokenChanges']
    const { code, report } = await run(file, ...options, '--phases', 'coverage')
    expect(code).toBe(1)
    expect(report).toContain('Schema-valid request rejected')
  })
})

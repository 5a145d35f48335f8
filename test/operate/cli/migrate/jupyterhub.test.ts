import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from '@jest/globals'
import request from 'supertest'
import { eventually } from '../../../support/eventually.js'
import { ASKED, startPostern } from '../../../support/postern.js'
import { wheelFolder } from '../../../support/programs/wheels.mjs'
import { describeWith } from '../../../support/run/requires.js'
import { useCommandLine } from '../command-line.js'

const SCRIPT = fileURLToPath(new URL('hub_database.py', import.meta.url))
const PAGE = readFileSync('deploy/docs/moving-over.md', 'utf8')

/** Runs a query on a database that JupyterHub has made. */
function hubTable(query: string): { readonly tokens: readonly string[]; readonly table: string } {
  const env = { ...process.env, PYTHONPATH: wheelFolder('oauthenticator') }
  const { status, stdout, stderr } = spawnSync('python3', [SCRIPT], { input: query, encoding: 'utf8', env })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

describeWith(['oauthenticator'], 'a database of JupyterHub', () => {
  const settings = { foreignTokens: ['jupyterhub'] }
  const { site, environment, run } = useCommandLine((options) => startPostern({ ...options, settings }))

  beforeAll(async () => {
    environment().POSTERN_FOREIGN_TOKENS = '[jupyterhub]'
    await site().account('ada')
  })

  it('gives its tokens by the query and the command of the documents', async () => {
    const [, query = ''] = /jupyterhub\.sqlite "([^"]+)"/.exec(PAGE) ?? []
    const [, words = ''] = /npx postern (migrate from-hashes hub\.csv .*)/.exec(PAGE) ?? []
    const { tokens, table } = hubTable(query)
    const imported = await run(words.replace('hub.csv', '-').split(' '), table)
    expect(imported).toEqual({ code: 0, output: expect.stringMatching(/\n2 +2 +0 +0 +0\n/) })
    const check = (token: string) =>
      request(site().server)
        .get('/ingress/auth?scope=exec:notebook')
        .set({ ...ASKED, Authorization: `token ${token}` })
    for (const token of tokens) {
      await eventually(async () => (await check(token)).status === 200)
      expect((await check(token)).headers['x-auth-request-user']).toBe('ada')
      expect((await check(`${token}x`)).status).toBe(401)
    }
    site().advance(90_000)
    expect(await Promise.all(tokens.map(async (token) => (await check(token)).status))).toEqual([401, 200])
  })
})

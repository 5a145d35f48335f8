import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { docsModel } from '../../../server/api/openapi/docs-model.js'
import { apiDocument } from '../../../server/api/openapi/document.js'
import type { Scope } from '../../../server/core/token/scope.js'
import { formatToken, type TokenKey } from '../../../server/core/token/token.js'
import { RUBIN_SCOPES } from '../../../server/settings/rubin.js'
import { writeOverrides } from '../../../server/storage/redis/quota-counters.js'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { suspendTokens } from '../../../server/tokens/incident/suspend.js'
import { everything, nothing } from '../../api/support/everything.js'
import { contractOf } from '../../support/api-contract.js'
import { Visitor } from '../../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { PYTHON } from '../../support/programs/system-packages.mjs'
import { freePort } from '../../support/run/ports.js'
import { describeWith } from '../../support/run/requires.js'
import { ARCHIVE_SETTINGS, load } from '../../support/stores/archive.js'

const run = promisify(execFile)
const contract = contractOf()
const CLIENT_ID = 'c0ffee.clients.example.org'
const PROGRAM = { id: 'GO-16250', title: 'Deep', public: false, investigators: [{ username: 'ada', role: 'pi' }] }
const SCOPES = ['admin:token', 'admin:userinfo', 'admin:programs', 'user:token', 'read:tap']

/** All routes and languages, as the page has them; the address and the code come from the page itself. */
const EXAMPLES = docsModel(apiDocument(), { url: '', username: '' }).sections.flatMap(({ routes }) =>
  routes.flatMap(({ id, method, path, examples, responses }) =>
    examples.map(({ language }) => ({ id, language, method, path, status: Number(responses[0]?.status) })),
  ),
)

describeWith(['curl', 'requests'], 'An example of the API’s documentation', () => {
  let postern: RunningPostern
  let page: string
  let variables: Record<string, string>
  let session: string

  beforeAll(async () => {
    const port = await freePort()
    const settings = {
      ...ARCHIVE_SETTINGS,
      knownScopes: { ...ARCHIVE_SETTINGS.knownScopes, ...RUBIN_SCOPES },
      oidcServer: { enabled: true },
      services: { tap: { at: '/api/tap', requires: 'scope=read:tap&service=tap' } },
    }
    postern = await startPostern({ port, baseUrl: `http://127.0.0.1:${port}`, settings })
    await postern.account('ada', ['users', 'admins', 'archive-staff'])
    session = await postern.session('ada')
    const visitor = new Visitor(postern)
    page = (await visitor.agent.get('/auth/docs').set('Cookie', `postern=${session}`).expect(200)).text
  })
  afterAll(() => postern.stop())

  /** What the examples are about, and nothing that one before has left. */
  async function prepare({ method, path }: { method: string; path: string }): Promise<void> {
    await nothing(postern.context)
    await load(postern, PROGRAM)
    const { pool } = postern.context.postgres
    const grant = `INSERT INTO program_grant (program, email, granted_by, granted) VALUES ($1, 'grace@example.org', 'ada', now())`
    if (method !== 'PUT') await pool.query(grant, [PROGRAM.id])
    await pool.query(
      `INSERT INTO oidc_client (client_id, description, redirect_uris, created, last_modified, last_modified_by)
       VALUES ($1, 'Grafana', '{https://grafana.example.org/cb}', now(), now(), 'ada')`,
      [CLIENT_ID],
    )
    await writeOverrides(postern.context.redis, '{"bypass":["admins"]}')
    const wish = { username: 'ada', type: 'user' as const, name: 'caller', scopes: SCOPES as Scope[] }
    const caller = await createTokenForUser(postern.context, wish, { username: 'ada' })
    if (!('record' in caller)) throw new Error(caller.message)
    const target = await postern.token('ada', { name: 'target' })
    const key = target.slice(3, 25) as TokenKey
    session = await postern.session('ada')
    if (method === 'DELETE' && path.endsWith('/suspension')) {
      await suspendTokens(postern.context, [{ username: 'ada', key }], { actor: { username: 'ada' } })
    }
    variables = {
      ACCESS_TOKEN: formatToken(caller.token),
      TOKEN_KEY: key,
      CLIENT_ID,
      SESSION: session,
    }
  }

  it.each(EXAMPLES)(
    'in $language does $method $path as it is printed',
    async ({ id, language, method, path, status }) => {
      await prepare({ method, path })
      const before = await everything(postern.context)
      const code = codeOf(page, id, language)
      const text = await outputOf(language, code, { ...variables, PATH: String(process.env.PATH) })
      const type = path === '/auth/gms' ? 'text/plain' : 'application/json'
      // An example prints the body alone.
      const unseen = { location: '', expires: '', 'cache-control': '', vary: '' }
      const headers = { ...unseen, 'content-type': `${type}; charset=utf-8` }
      if (status !== 204) expect(contract({ method, path, status, headers, text })).toBeUndefined()
      else expect(text.trim()).toBe('')
      if (method === 'PUT' || method === 'DELETE' || method === 'PATCH')
        expect(await everything(postern.context)).not.toEqual(before)
    },
  )

  it('is there for each route that reads, in three languages', () => {
    const reads = EXAMPLES.filter(({ method }) => method === 'GET')
    for (const language of ['curl', 'Python', 'JavaScript']) {
      expect(reads.filter((each) => each.language === language).length).toBeGreaterThan(18)
    }
  })
})

/** The code that the page shows. */
function codeOf(page: string, id: string, language: string): string {
  const article = page.split(`id="${id}"`)[1]?.split('</article>')[0] ?? ''
  const shown = article.split(`<summary class="fold-head">${language}</summary>`)[1]
  const code = /<pre[^>]*><code>([\s\S]*?)<\/code><\/pre>/.exec(shown ?? '')?.[1] ?? ''
  const texts: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', '#34': '"', '#39': "'" }
  return code.replace(
    /&([a-z]+|#\d+);/g,
    (_, name: string) => texts[name] ?? String.fromCharCode(Number(name.slice(1))),
  )
}

/** Stands for a browser, which sends the session with the requests of a page. */
const AS_PAGE = `const plain = fetch
globalThis.fetch = (url) => plain(url, { headers: { Cookie: 'postern=' + process.env.SESSION } })
`

async function outputOf(language: string, code: string, env: Readonly<Record<string, string>>): Promise<string> {
  const isOfPage = !code.includes('ACCESS_TOKEN')
  const script = isOfPage ? `${AS_PAGE}${code}` : code
  const command = {
    curl: ['bash', '-c', code],
    Python: [PYTHON, '-c', code],
    JavaScript: [process.execPath, '--input-type=module', '--eval', script],
  }[language]
  const [program = '', ...args] = command ?? []
  return (await run(program, args, { env })).stdout
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { curl, sentence } from '../support/clients/curl.js'
import { wheelFolder } from '../support/programs/wheels.mjs'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { type RunningDachs, startDachs } from './support/dachs.js'

const QUERY = 'SELECT name FROM bright.stars WHERE vmag < 0 ORDER BY vmag'
const NAMES = ['Sirius', 'Canopus', 'Arcturus']
const CSV = ['name', ...NAMES, ''].join('\n')
const SECURITY_METHODS = 'deploy/nginx/postern/security-methods.conf'
const PYTHON_QUERY = fileURLToPath(new URL('./support/query.py', import.meta.url))

describeWith(['nginx', 'dachs', 'curl'], 'A TAP server behind Postern', () => {
  let dachs: RunningDachs
  let site: Site
  let desk: Desk
  let tap: string
  let token: string
  let imageToken: string

  beforeAll(async () => {
    const port = await freePort()
    dachs = await startDachs(`http://127.0.0.1:${port}`)
    const services = readFileSync(SECURITY_METHODS, 'utf8')
    // Which none of these clients knows.
    const settings = { voLogin: { cookie: true, bearer: true } }
    site = await startSite({ port, tapPort: dachs.port, services, settings })
    desk = openDesk()
    tap = `${site.url}/tap`
    token = await site.postern.token('ada')
    imageToken = await site.postern.token('ada', { scopes: ['read:image'] })
  })

  afterAll(async () => {
    desk?.clear()
    await site?.stop()
    await dachs?.stop()
  })

  describeWith(['stilts'], 'STILTS', () => {
    const stilts = (credential: string, ...words: string[]) => {
      const signIn = ['-Dstar.basicauth.user=x-oauth-basic', `-Dstar.basicauth.password=${credential}`]
      return desk.run(['stilts', ...signIn, 'tapquery', `tapurl=${tap}`, 'ofmt=csv', ...words])
    }

    it('gets rows from a synchronous query', async () => {
      expect(await stilts(token, 'sync=true', `adql=${QUERY}`)).toMatchObject({ code: 0, stdout: CSV })
    })

    it('gets rows from an asynchronous query, whose job lives outside /tap', async () => {
      const { stdout, stderr } = await stilts(token, 'sync=false', `adql=${QUERY}`)
      expect(stderr).toContain(`${site.url}/__system__/tap/run/async/`)
      expect(stderr).toContain('COMPLETED')
      expect(stdout).toBe(CSV)
    })

    // Its very first request cannot be an upload: it streams the table, and cannot send it again after the challenge.
    it('uploads what it got from one query into the next', async () => {
      const first = `${tap}/sync?LANG=ADQL&QUERY=${encodeURIComponent(QUERY)}`
      const join = 'SELECT b.vmag FROM bright.stars AS b JOIN TAP_UPLOAD.mine AS m ON b.name = m.name ORDER BY vmag'
      const upload = ['nupload=1', `upload1=${first}`, 'ufmt1=votable', 'upname1=mine']
      const { stdout, stderr } = await stilts(token, 'sync=true', ...upload, `adql=${join}`)
      expect(stderr).toBe('')
      expect(stdout).toBe('vmag\n-1.46\n-0.74\n-0.05\n')
    })

    it('tells its user which scope the token lacks', async () => {
      const { code, stdout, stderr } = await stilts(imageToken, 'sync=true', `adql=${QUERY}`)
      expect(stderr).toContain('Error: Your token lacks the scope read:tap\n')
      expect(stdout).toBe('')
      expect(code).toBe(1)
    })

    it('gets nothing with a token that is not valid', async () => {
      const { code, stdout, stderr } = await stilts('gt-nobody.knows', 'sync=true', `adql=${QUERY}`)
      expect(stderr).toContain('401: Unauthorized')
      expect(stdout).toBe('')
      expect(code).toBe(1)
    })

    it('tells its user where tokens are made when it has none', async () => {
      const { stderr } = await desk.run(['stilts', 'tapquery', `tapurl=${tap}`, 'sync=true', `adql=${QUERY}`])
      expect(stderr).toContain(`Error: This service needs a token. Make one at ${site.url}/auth/tokens`)
    })
  })

  // The newest is one of astroquery's dependencies.
  describe.each([
    ['pyvo', 'oldest', /^1\.2\./],
    ['newAstroquery', 'newest', /^1\.9\./],
  ] as const)('with the package %s', (which, age, version) => {
    describeWith([which], `pyVO, the ${age}`, () => {
      const own = which === 'pyvo' ? undefined : { PYTHONPATH: wheelFolder(which) }
      const pyvo = (TOKEN: string, credential: string, what: string) =>
        desk.run([own ? 'python3' : '/usr/bin/python3', PYTHON_QUERY, tap, credential, what], { TOKEN, ...own })

      it('is what is said', async () => {
        expect((await pyvo('', 'none', 'version')).stdout).toMatch(version)
      })

      const credentials = ['bearer', 'basic-password', 'basic-user', 'auth-session-for-site']
      it.each(credentials)('gets rows from a synchronous query (%s)', async (credential) => {
        const { stdout, stderr } = await pyvo(token, credential, 'sync')
        expect(stderr).toBe('')
        expect(stdout.trim().split('\n')).toEqual(NAMES)
      })

      it.each(['bearer', 'basic-password', 'auth-session-for-site'])(
        'gets rows from an asynchronous query (%s)',
        async (credential) => {
          const { stdout, stderr } = await pyvo(token, credential, 'async')
          expect(stderr).toBe('')
          expect(stdout.trim().split('\n')).toEqual(NAMES)
        },
      )

      it.each(['none', 'auth-session'])('lists the tables without a token (%s)', async (credential) => {
        const { stdout } = await pyvo('', credential, 'tables')
        expect(stdout.split('\n')).toContain('bright.stars')
      })

      it('tells its user which scope the token lacks', async () => {
        const { code, stdout, stderr } = await pyvo(imageToken, 'bearer', 'sync')
        expect(stderr).toContain('DALQueryError: Your token lacks the scope read:tap')
        expect(stdout).toBe('')
        expect(code).toBe(1)
      })

      it.each(['sync', 'async'])(
        'gets rows with a session of its own that was given a token alone: %s',
        async (what) => {
          const { stdout, stderr } = await pyvo(token, 'auth-session', what)
          expect(stderr).toBe('')
          expect(stdout.trim().split('\n')).toEqual(NAMES)
        },
      )

      it('tells the user of such a session where tokens are made, without one', async () => {
        const { code, stdout, stderr } = await pyvo('', 'auth-session', 'sync')
        expect(stderr).toContain(`DALQueryError: This service needs a token. Make one at ${site.url}/auth/tokens`)
        expect([code, stdout]).toEqual([1, ''])
      })
    })
  })

  describe('a client without a token', () => {
    const query = ['-d', 'LANG=ADQL', '-d', 'FORMAT=csv', '--data-urlencode', `QUERY=${QUERY}`]

    it.each(['capabilities', 'availability', 'tables', 'tables/bright.stars'])('may read /tap/%s', async (path) => {
      const answer = await curl(desk, `${tap}/${path}`)
      expect(answer.status).toBe(200)
      expect(answer.headers.has('www-authenticate')).toBe(false)
      expect((await curl(desk, '--head', `${tap}/${path}`)).status).toBe(200)
    })

    it.each(['', '/sync', '/async', '/sync/', '/nothing'])('may not read /tap%s', async (path) => {
      expect((await curl(desk, `${tap}${path}`)).status).toBe(401)
    })

    it('may not read a job without a token', async () => {
      const created = await curl(desk, '--oauth2-bearer', token, ...query, `${tap}/async`)
      const job = created.headers.get('location')?.[0] ?? ''
      expect(job).toMatch(`${site.url}/__system__/tap/run/async/`)
      expect((await curl(desk, '--oauth2-bearer', token, job)).status).toBe(200)
      const refused = await curl(desk, job)
      expect(refused.status).toBe(401)
      expect(sentence(refused)).toMatch(/^This service needs a token/)
    })

    it.each([
      '/tap/capabilities/../sync',
      '/tap/capabilities/%2e%2e/sync',
      '/tap/capabilities/..%2fsync',
      '/tap//sync',
      '/tap/./sync',
      '/%74ap/sync',
      '/x/../tap/sync',
    ])('may not query by spelling the path %s', async (path) => {
      expect((await curl(desk, ...query, `${site.url}${path}`)).status).toBe(401)
    })

    it.each(['/tap/sync/../capabilities', '/tap/sync/%2e%2e/capabilities', '/tap/sync/..%2fcapabilities'])(
      'gets what nginx judged, not what was spelled: %s',
      async (path) => {
        const answer = await curl(desk, ...query, `${site.url}${path}`)
        expect(answer.body).not.toContain(NAMES[0])
        expect(answer.body).toContain('<cap:capabilities')
      },
    )
  })
})

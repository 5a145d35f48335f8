import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { QUERY } from '../../../server/core/recipes/observatory.js'
import { wheelFolder } from '../../support/programs/wheels.mjs'
import { run } from '../../support/run/processes.js'
import { describeWith } from '../../support/run/requires.js'
import { BASIC, BEARER, codesOf, type RecipeSite, startRecipeSite, TOKEN } from './support/recipe-site.js'
import { openTerminal, type Terminal } from './support/terminal.js'

const DEBIAN = '/usr/bin/python3'

/** Runs the cells of a notebook, and prints it as it is saved. */
const NOTEBOOK = `import json, os, nbclient, nbformat
cells = [nbformat.v4.new_code_cell(cell) for cell in json.loads(os.environ["CELLS"])]
notebook = nbformat.v4.new_notebook(cells=cells)
nbclient.NotebookClient(notebook, kernel_name="python3").execute()
print(nbformat.writes(notebook))`

describe('A recipe of the page, followed in Python,', () => {
  let site: RecipeSite
  let terminal: Terminal

  beforeAll(async () => {
    site = await startRecipeSite()
  })
  afterAll(() => site?.stop())
  beforeEach(() => {
    terminal = openTerminal()
    site.clear()
  })
  afterEach(() => terminal?.clear())

  // The newest pyVO comes with the newest astroquery.
  describe.each([
    ['oldest', 'pyvo', 'astroquery', DEBIAN, {}],
    ['newest', 'newAstroquery', 'newAstroquery', undefined, { PYTHONPATH: wheelFolder('newAstroquery') }],
  ] as const)('with the %s clients', (_age, pyvo, astroquery, python, env) => {
    const how = { env, ...(python && { programs: { python3: python } }) }

    describeWith([pyvo], 'pyVO', () => {
      /** Follows the link of the first row, which leads to another host. */
      const dataset = `\nprint(tap.search(${JSON.stringify(QUERY)})[0].getdataset().read())`
      const asPrinted = (code: string) => (code.includes('pyvo') ? code + dataset : code)

      it('gets rows with the token, and a file of another host without it', async () => {
        const { stdout, stderr, history, commandLines } = await terminal.follow(site.recipe('pyvo'), {
          ...how,
          edit: asPrinted,
        })
        expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringContaining('elsewhere') })
        expect(stdout).toContain('one')
        expect(new Set(site.asked().map(([, credential]) => credential))).toEqual(new Set([BEARER]))
        expect(site.leaked().length).toBeGreaterThan(0)
        expect(site.leaked().filter(([, credential]) => credential !== undefined)).toEqual([])
        expect(history + commandLines).not.toContain(TOKEN)
      })

      it('sends the token to no host that the site redirects to', async () => {
        site.moveAway()
        await terminal.follow(site.recipe('pyvo'), how)
        expect(site.leaked().length).toBeGreaterThan(0)
        expect(site.leaked().filter(([, credential]) => credential !== undefined)).toEqual([])
      })

      it('would send it there with a header of the session in its place, but for the oldest, which has a session of its own', async () => {
        const header = 'session.headers["Authorization"] = "Bearer " + os.environ["ACCESS_TOKEN"]'
        const edit = (code: string) => asPrinted(code).replace('session.auth = token', header)
        await terminal.follow(site.recipe('pyvo'), { ...how, edit })
        const sent = new Set(site.leaked().map(([, credential]) => credential))
        expect(sent).toEqual(new Set([pyvo === 'pyvo' ? undefined : BEARER]))
      })

      it('prefers the token to a line of ~/.netrc', async () => {
        const lines = codesOf(site.recipe('netrc'), 'lines').join('\n').replace(TOKEN, 'another')
        writeFileSync(path.join(terminal.home, '.netrc'), lines, { mode: 0o600 })
        await terminal.follow(site.recipe('pyvo'), how)
        expect(new Set(site.asked().map(([, credential]) => credential))).toEqual(new Set([BEARER]))
      })
    })

    describeWith([astroquery], 'astroquery', () => {
      it('sends the token of ~/.netrc', async () => {
        await terminal.follow(site.recipe('astroquery'), { files: ['.netrc'] })
        const program = `from astroquery.query import BaseQuery\nprint(BaseQuery()._request("GET", "${site.url}/images").text)`
        const environment = { PATH: process.env.PATH, HOME: terminal.home, LANG: 'C.UTF-8', ...env }
        const { stdout } = await run([python ?? 'python3', '-c', program], { env: environment })
        expect(stdout).toContain('here')
        expect(site.asked()).toEqual([['/images', BASIC]])
      })
    })

    describeWith([astroquery, 'curl'], 'astroquery.mast, and curl', () => {
      it('sign in at the archive, and fetch a file of it', async () => {
        mkdirSync(path.join(terminal.home, '.astropy', 'config'), { recursive: true })
        const { stdout, history, commandLines } = await terminal.follow(site.recipe('mast', ['exclusive_access']), {
          files: ['.astropy/config/astroquery.cfg'],
          edit: (code) => code.replace('mast:…', 'mast:GO-1/image.fits'),
          ...how,
        })
        expect(stdout).toContain('[Done]')
        const cookie = `mast_token=${TOKEN}`
        expect(site.asked()).toEqual(
          expect.arrayContaining([
            ['/whoami', cookie],
            ['/api/v0.1/Download/file', cookie],
          ]),
        )
        expect(site.asked().at(-1)).toEqual(['/api/v0.1/Download/file', `token ${TOKEN}`])
        expect(history + commandLines).not.toContain(TOKEN)
      })
    })
  })

  describeWith(['curl'], 'MAST with curl', () => {
    it('follows the archive to another host without the token', async () => {
      site.moveAway()
      await terminal.follow(site.recipe('mast', ['exclusive_access']), {
        files: ['astroquery.cfg'],
        programs: { python3: '/bin/true' },
        edit: (code) => code.replace('mast:…', 'mast:GO-1/image.fits'),
      })
      expect(site.asked()).toEqual([['/api/v0.1/Download/file', `token ${TOKEN}`]])
      expect(site.leaked()).toEqual([['/api/v0.1/Download/file', undefined]])
    })
  })

  describeWith(['jupyterhub'], 'a notebook', () => {
    const execute = async (cells: readonly string[]) => {
      const env = { PATH: '/usr/bin:/bin', HOME: terminal.home, LANG: 'C.UTF-8', CELLS: JSON.stringify(cells) }
      return run([DEBIAN, '-c', NOTEBOOK], { env, cwd: terminal.home })
    }

    it('fetches rows with the token of the file, and keeps none of it', async () => {
      await terminal.follow(site.recipe('jupyter'))
      const { stdout, stderr } = await execute(codesOf(site.recipe('jupyter'), 'cell'))
      expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringContaining('table_name') })
      expect(site.asked()).toEqual([['/tap/sync', BEARER]])
      expect(stdout).not.toContain(TOKEN)
    })

    it('would keep the token with %env', async () => {
      await terminal.follow(site.recipe('jupyter'))
      const read = 'token = open("../.access_token".replace("..", __import__("os").environ["HOME"])).read().strip()'
      expect((await execute([read, '%env ACCESS_TOKEN=$token'])).stdout).toContain(TOKEN)
    })
  })
})

import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { describeWith } from '../../support/run/requires.js'
import { BASIC, BEARER, codesOf, type RecipeSite, startRecipeSite, TOKEN } from './support/recipe-site.js'
import { openTerminal, type Terminal } from './support/terminal.js'

const STILTS = { files: ['.stilts-login'] }
const NETRC = { files: ['.netrc'] }
const R = { files: ['.Renviron'], runner: 'Rscript' }
const JULIA = { runner: 'julia' }

describe('S16l: a recipe of the page, followed in a shell,', () => {
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
  afterEach(() => terminal.clear())

  // biome-ignore format: a table
  const RECIPES = [
    { id: 'curl',        programs: ['curl'],          credential: BEARER, how: {},    follows: false },
    { id: 'netrc',       programs: ['curl'],          credential: BASIC,  how: NETRC, follows: false },
    { id: 'wget',        programs: ['wget'],          credential: BASIC,  how: NETRC, follows: true },
    { id: 'environment', programs: ['newAstroquery'], credential: BEARER, how: {},    follows: true },
    { id: 'r',           programs: ['rHttr2'],        credential: BEARER, how: R,     follows: true },
    { id: 'julia',       programs: ['julia'],         credential: BEARER, how: JULIA, follows: true },
  ] as const

  describe.each(RECIPES)('$id', ({ id, programs, credential, how, follows }) => {
    describeWith(programs, '(with its program)', () => {
      it('fetches rows with the token, which no history and no list of processes shows', async () => {
        const { stdout, stderr, history, commandLines } = await terminal.follow(site.recipe(id), how)
        expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringContaining('table_name\none\n') })
        expect(site.asked()).toEqual([['/tap/sync', credential]])
        expect(commandLines).not.toBe('')
        expect(commandLines).not.toContain(TOKEN)
        expect(history).not.toBe('')
        expect(history).not.toContain(TOKEN)
      })

      it('fetches a file of an archive', async () => {
        const edit = (code: string) => code.replace('mast:…', 'mast:GO-1/image.fits')
        const recipe = site.recipe(id, ['exclusive_access'])
        const { stderr } = await terminal.follow(recipe, { ...how, edit })
        const names = ['image.fits', 'file.fits'].filter((name) => existsSync(path.join(terminal.home, name)))
        expect({ stderr, names }).toMatchObject({ names: [expect.any(String)] })
        expect(readFileSync(path.join(terminal.home, names[0] ?? ''), 'utf8')).toBe('here\n')
        expect(site.asked()).toEqual([['/api/v0.1/Download/file', credential]])
      })

      it('sends the token to no host that the site redirects to', async () => {
        site.moveAway()
        await terminal.follow(site.recipe(id), how)
        expect(site.asked()).toEqual([['/tap/sync', credential]])
        expect(site.leaked()).toEqual(follows ? [['/tap/sync', undefined]] : [])
      })
    })
  })

  describeWith(['curl'], 'curl', () => {
    it('asks what a token without scopes is', async () => {
      await terminal.follow(site.recipe('curl', []))
      expect(site.asked()).toEqual([['/auth/api/v1/token-info', BEARER]])
    })
  })

  it.each([
    ['stilts', ['.access_token', '.stilts-login'], STILTS],
    ['jupyter', ['.access_token'], {}],
    ['netrc', ['.netrc'], NETRC],
    ['astroquery', ['.netrc'], NETRC],
    ['r', ['.Renviron'], { files: ['.Renviron'], runner: 'true' }],
  ] as const)('keeps the token in a file that only its user can read (%s)', async (id, files, how) => {
    await terminal.follow(site.recipe(id), how)
    for (const name of files) expect(statSync(path.join(terminal.home, name)).mode & 0o777).toBe(0o600)
  })

  it('has the token in no command for PowerShell either', () => {
    const commands = ['curl', 'netrc'].flatMap((id) => codesOf(site.recipe(id), 'command', 'powershell'))
    expect(commands.length).toBe(4)
    expect(commands.join('\n')).not.toContain(TOKEN)
  })
})

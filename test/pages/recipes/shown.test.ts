import { describe, expect, it } from '@jest/globals'
import type { Scope } from '../../../server/core/token/scope.js'
import { shownRecipes } from '../../../server/pages/recipes/shown.js'
import type { ShownLine, ShownRecipe } from '../../../server/pages/recipes/view-models.js'
import { RUBIN_SCOPES } from '../../../server/settings/rubin.js'
import { settingsSchema } from '../../../server/settings/schema.js'
import { LANGUAGES } from '../../../server/words/reader.js'
import { ENGLISH, wordsFor } from '../../../server/words/words.js'

const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'
const TAP = 'https://data.example.org:8443/tap'

const siteWith = (more: object = {}) =>
  settingsSchema.parse({ baseUrl: 'https://data.example.org:8443', site: { tapUrl: TAP }, ...more })
const archive = (site: object = {}) =>
  siteWith({
    knownScopes: { ...RUBIN_SCOPES, exclusive_access: 'Read data before they are public' },
    groupMapping: {},
    programs: { scope: 'exclusive_access' },
    site: { tapUrl: TAP, ...site },
  })

const shown = (settings = siteWith(), scopes?: readonly string[], name?: string) =>
  shownRecipes(settings, ENGLISH, { token: TOKEN, name, ...(scopes && { scopes: scopes as Scope[] }) })
const ids = (...parts: Parameters<typeof shown>) => shown(...parts).map(({ id }) => id)

const linesOf = ({ steps }: ShownRecipe): readonly ShownLine[] =>
  steps.flatMap((step) => ('shells' in step ? step.shells.flatMap(({ lines }) => lines) : [step]))
const codesOf = (recipe: ShownRecipe | undefined) =>
  recipe ? linesOf(recipe).flatMap((line) => ('code' in line ? [line] : [])) : []
const codes = (id: string, recipes = shown()) => codesOf(recipes.find((each) => each.id === id)).map(({ code }) => code)

const GENERAL = ['curl', 'netrc', 'environment', 'jupyter', 'r', 'julia', 'wget']

describe('the recipes of a site', () => {
  it('cover the programs that astronomers use, TOPCAT first', () => {
    expect(shown().map(({ title }) => title)).toEqual([
      ...['TOPCAT', 'STILTS', 'pyVO', 'astroquery', 'curl', '.netrc', 'Environment'],
      ...['Jupyter', 'R', 'Julia', 'wget', 'Aladin'],
    ])
  })

  it.each(LANGUAGES)('are whole in the language %s', (language) => {
    const recipes = shownRecipes(archive(), wordsFor({ language, dates: 'language' }), { token: TOKEN })
    expect(recipes).toHaveLength(13)
    for (const line of recipes.flatMap(linesOf)) expect('text' in line ? line.text : line.label).not.toHaveLength(0)
  })

  it('give this token in each of them, ready to copy', () => {
    for (const recipe of shown(archive())) {
      const all = codesOf(recipe).map(({ code }) => code)
      expect({ id: recipe.id, has: all.join('\n').includes(TOKEN) }).toEqual({ id: recipe.id, has: true })
    }
  })

  // A shell keeps commands in its history, and `ps` shows them to all users of a machine; notebooks and programs are shared.
  it('have the token in no command, program or cell', () => {
    const run = shown(archive())
      .flatMap(codesOf)
      .filter(({ label }) => ['command', 'program', 'cell'].includes(label))
    expect(run.length).toBeGreaterThan(20)
    expect(run.filter(({ code }) => code.includes(TOKEN))).toEqual([])
  })

  it('ask for nothing that the shipped proxies have open, where every token seems to work', () => {
    for (const { code } of shown().flatMap(codesOf))
      expect(code).not.toMatch(/\/(?:capabilities|availability|examples)\b/)
  })

  it('quote an address that a shell, Python or Julia would take apart', () => {
    const tapUrl = `https://data.example.org/it's$HOME/tap`
    const recipes = shown(siteWith({ site: { tapUrl } }))
    expect(codes('stilts', recipes).join()).toContain(`tapurl='https://data.example.org/it'\\''s$HOME/tap'`)
    const [, windows, , unix, powershell] = codes('curl', recipes)
    expect([windows, unix, powershell].join('\n')).toContain(`'https://data.example.org/it'\\''s$HOME/tap/sync?`)
    expect([windows, unix, powershell].join('\n')).toContain(`'https://data.example.org/it''s$HOME/tap/sync?`)
    expect(codes('julia', recipes).join()).toContain(`"https://data.example.org/it's\\$HOME/tap/sync?`)
  })
})

describe('the recipes of a token', () => {
  it('are those that its scopes allow', () => {
    expect(ids(siteWith(), ['read:tap'])).toEqual(expect.arrayContaining(['topcat', 'aladin', ...GENERAL]))
    expect(ids(siteWith(), ['read:image'])).toEqual(GENERAL)
    expect(ids(archive(), ['exclusive_access'])).toEqual(['mast', ...GENERAL])
    expect(ids(archive(), ['exclusive_access', 'read:tap']).slice(0, 5)).toEqual([
      ...['topcat', 'stilts', 'pyvo', 'mast', 'astroquery'],
    ])
  })

  it('fetch what it can: rows, files of an archive, or what the token is', () => {
    const url = (scopes: readonly string[]) => codes('curl', shown(archive(), scopes)).join('\n')
    expect(url(['exclusive_access', 'read:tap'])).toContain(`'${TAP}/sync?REQUEST=doQuery`)
    expect(url(['exclusive_access'])).toContain('/api/v0.1/Download/file?uri=mast:…')
    expect(url(['read:image'])).toContain('https://data.example.org:8443/auth/api/v1/token-info')
  })

  it('are one request that proves who its owner is, where it has no scope', () => {
    expect(ids(archive(), [])).toEqual(['curl'])
    expect(codes('curl', shown(archive(), [])).join('\n')).toContain('/auth/api/v1/token-info')
  })

  it.each([
    ['pyVO on my laptop', 'pyvo'],
    ['stilts-cron', 'stilts'],
    ['MAST', 'mast'],
    ['Astroquery', 'mast'],
    ['curl', 'curl'],
  ])('begin with the one that "%s" was named for', (name, first) => {
    const [meant, next] = shown(archive(), ['exclusive_access', 'read:tap'], name)
    expect(meant).toMatchObject({ id: first, isMeant: true })
    expect(next?.isMeant).toBeUndefined()
  })

  it('are for a service those without a window and a home', () => {
    const recipes = shownRecipes(siteWith(), ENGLISH, { token: TOKEN, forService: true })
    expect(recipes.map(({ id }) => id)).toEqual(['pyvo', 'curl', 'environment'])
  })
})

describe('a site without TAP', () => {
  it('says so, or knows no scope for it', () => {
    expect(ids(siteWith({ site: { tapUrl: false } }))).toEqual(GENERAL)
    const { 'read:tap': _tap, ...knownScopes } = RUBIN_SCOPES as Record<string, string>
    expect(ids(siteWith({ site: {}, knownScopes, groupMapping: {} }))).toEqual(GENERAL)
    expect(ids(siteWith({ site: {} }))).toContain('topcat')
  })

  it('may name another scope for it', () => {
    const tapped = siteWith({ site: { tapUrl: TAP, tapScope: 'read:image' } })
    expect(ids(tapped, ['read:image'])).toContain('topcat')
    expect(ids(tapped, ['read:tap'])).not.toContain('topcat')
  })
})

describe('a site’s own arrangement', () => {
  const own = {
    id: 'butler',
    title: 'Butler',
    needs: 'read:image',
    steps: [
      { text: 'Put this into `butler.ini` of {host}:' },
      { code: `[{baseUrl}]\ntoken = {token}\ntap = {tapUrl}\nhome = \${HOME}\nset = {{1}}` },
    ],
  }
  const arranged = siteWith({
    site: { tapUrl: TAP, recipes: { order: ['curl', 'butler'], hide: ['julia', 'wget'], own: [own] } },
  })

  it('puts recipes first, and hides some', () => {
    expect(ids(arranged)).toEqual([
      ...['curl', 'butler', 'topcat', 'stilts', 'pyvo', 'astroquery', 'netrc', 'environment', 'jupyter', 'r', 'aladin'],
    ])
  })

  it('fills the token and the site in', () => {
    const butler = shown(arranged).find(({ id }) => id === 'butler')
    expect(butler).toMatchObject({ title: 'Butler' })
    expect(butler?.steps[0]).toEqual({ text: ['Put this into ', { code: 'butler.ini' }, ' of data.example.org:'] })
    expect(codesOf(butler)[0]?.code).toBe(
      `[https://data.example.org:8443]\ntoken = ${TOKEN}\ntap = ${TAP}\nhome = \${HOME}\nset = {1}`,
    )
  })

  it('keeps its recipe from tokens that lack the scope', () => {
    expect(ids(arranged, ['read:tap'])).not.toContain('butler')
    expect(ids(arranged, ['read:image'])).toContain('butler')
  })
})

describe('a recipe for', () => {
  it('TOPCAT asks for the address, the user and the password, in that order', () => {
    expect(codes('topcat')).toEqual([TAP, 'x-oauth-basic', TOKEN])
  })

  it('.netrc names the host without its port, as curl looks it up', () => {
    expect(codes('netrc')).toContain(`machine data.example.org\nlogin x-oauth-basic\npassword ${TOKEN}`)
  })

  it('pyVO names the site up to the slash: another host may begin with its name', () => {
    expect(codes('pyvo').join('\n')).toContain('request.url.startswith("https://data.example.org:8443/")')
  })

  it('MAST points astroquery at the archive in its configuration, and warns of doing it in a program', () => {
    const recipes = shown(archive(), ['exclusive_access'])
    expect(codes('mast', recipes)).toContain('[mast]\nserver = https://data.example.org:8443')
    expect(JSON.stringify(recipes)).toContain('Do not set conf.server in a program')
    expect(codes('mast', recipes).join('\n')).not.toContain('location-trusted')
  })
})

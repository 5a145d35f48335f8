import { describe, expect, it } from '@jest/globals'
import type { Scope } from '../../../server/core/token/scope.js'
import { type Recipe, recipeSite, recipes } from '../../../server/pages/tokens/recipes.js'
import { RUBIN_SCOPES } from '../../../server/settings/rubin.js'
import { settingsSchema } from '../../../server/settings/schema.js'

const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'
const SITE = { token: TOKEN, tapUrl: 'https://data.example.org:8443/tap', realm: 'data.example.org' }

const codeOf = (id: string, site = SITE) => codes(recipes(site).find((recipe) => recipe.id === id))
const codes = (recipe: Recipe | undefined) => recipe?.steps.flatMap((step) => ('code' in step ? [step.code] : [])) ?? []

describe('the recipes for a new token', () => {
  it('cover the programs that astronomers use, TOPCAT first', () => {
    expect(recipes(SITE).map(({ title }) => title)).toEqual([
      'TOPCAT',
      'STILTS',
      'pyVO',
      'astroquery',
      'curl',
      '.netrc',
      'Environment',
    ])
  })

  it('give this token in each of them, ready to copy', () => {
    for (const recipe of recipes(SITE)) expect(codes(recipe).join('\n')).toContain(TOKEN)
  })

  it('ask for nothing that the shipped proxies have open, where every token seems to work', () => {
    for (const recipe of recipes(SITE))
      expect(codes(recipe).join('\n')).not.toMatch(/\/(?:capabilities|availability|tables|examples)\b/)
  })

  it('have TOPCAT ask for the address, the user and the password, in that order', () => {
    expect(codeOf('topcat')).toEqual([SITE.tapUrl, 'x-oauth-basic', TOKEN])
  })

  it('name the properties of STILTS before and since 3.5', () => {
    const [newer, older] = codeOf('stilts')
    expect(newer).toContain(`stilts -Dauth.username=x-oauth-basic -Dauth.password=${TOKEN} tapquery`)
    expect(older).toContain(`stilts -Dstar.basicauth.user=x-oauth-basic -Dstar.basicauth.password=${TOKEN} tapquery`)
  })

  it('name the host without its port in .netrc, as curl looks it up', () => {
    expect(codeOf('netrc')[0]).toBe(`machine data.example.org\nlogin x-oauth-basic\npassword ${TOKEN}`)
  })

  it('are those of an archive for a token that reads its exclusive data, and of TAP only where it can query', () => {
    const settings = settingsSchema.parse({
      baseUrl: 'https://archive.example.org',
      knownScopes: { ...RUBIN_SCOPES, exclusive_access: 'Read data before they are public' },
      groupMapping: {},
      programs: {},
    })
    const idsFor = (...scopes: string[]) => recipes(recipeSite(settings, TOKEN, scopes as Scope[])).map(({ id }) => id)
    expect(idsFor('exclusive_access')).toEqual(['astroquery', 'curl'])
    expect(idsFor('exclusive_access', 'read:tap')).toEqual([
      'topcat',
      'stilts',
      'pyvo',
      'astroquery',
      'curl',
      'netrc',
      'environment',
    ])
    expect(idsFor('read:tap')).toContain('topcat')
  })

  it('point astroquery at the archive in its configuration, and warn of doing it in a program', () => {
    const site = { ...SITE, archive: 'https://archive.example.org' }
    const [lines, exported] = codeOf('astroquery', site)
    expect(lines).toBe('[mast]\nserver = https://archive.example.org')
    expect(exported).toBe(`export MAST_API_TOKEN=${TOKEN}`)
    const recipe = recipes(site).find(({ id }) => id === 'astroquery')
    expect(JSON.stringify(recipe)).toContain('Do not set conf.server in a program')
    expect(codes(recipe).slice(2).join()).not.toContain(TOKEN)
  })

  it('give pyVO’s own session the password for the whole site', () => {
    const [, own] = codeOf('pyvo')
    expect(own).toContain(`set_password("x-oauth-basic", "${TOKEN}")`)
    expect(own).toContain('add_security_method_for_url("https://data.example.org:8443", BASIC)')
  })

  it('quote an address that a shell or Python would take apart', () => {
    const site = { ...SITE, tapUrl: `https://data.example.org/it's "here" & $HOME/tap` }
    expect(codeOf('curl', site)[0]).toContain(`'https://data.example.org/it'\\''s "here" & $HOME/tap/sync'`)
    expect(codeOf('pyvo', site)[0]).toContain(`TAPService("https://data.example.org/it's \\"here\\" & $HOME/tap"`)
  })
})

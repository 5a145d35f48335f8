import { describe, expect, it } from '@jest/globals'
import { type Recipe, recipes } from '../../../server/pages/tokens/recipes.js'

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

  it('quote an address that a shell or Python would take apart', () => {
    const site = { ...SITE, tapUrl: `https://data.example.org/it's "here" & $HOME/tap` }
    expect(codeOf('curl', site)[0]).toContain(`'https://data.example.org/it'\\''s "here" & $HOME/tap/sync'`)
    expect(codeOf('pyvo', site)[0]).toContain(`TAPService("https://data.example.org/it's \\"here\\" & $HOME/tap"`)
  })
})

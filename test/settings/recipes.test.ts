import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'
import { problemsOf } from './support/given.js'

const site = (text: string) => ({ POSTERN_SITE: text })
const own = (text: string) => site(`{recipes: {own: [{id: butler, title: Butler, ${text}}]}}`)
const STEPS = 'steps: [{text: Go}]'

describe('The recipes of a site', () => {
  it('are as they come where nothing is given', () => {
    expect(loadSettings({}).site.recipes).toEqual({ order: [], hide: [], own: [] })
  })

  it('may be for no TAP service', () => {
    expect(loadSettings(site('{tapUrl: false}')).site.tapUrl).toBe(false)
    expect(loadSettings(site('{tapUrl: "https://x.example.org/tap"}')).site.tapUrl).toEqual(
      new URL('https://x.example.org/tap'),
    )
  })

  it.each([
    ['a name that no recipe has', site('{recipes: {order: [curl, topcta]}}'), 'order.1: there is no recipe topcta'],
    ['a hidden one that is none', site('{recipes: {hide: [topcta]}}'), 'hide.0: there is no recipe topcta'],
    ['a name that is taken', site(`{recipes: {own: [{id: curl, title: C, ${STEPS}}]}}`), 'own.0.id: curl is taken'],
    [
      'a placeholder that stands for nothing',
      own('steps: [{code: "x {tokn}"}]'),
      '{tokn} stands for nothing: write one of {token}, {baseUrl}, {tapUrl}, {host}',
    ],
    ['a step that is two', own('steps: [{text: a, code: b}]'), 'must have either text or code'],
    ['a step that is none', own('steps: [{}]'), 'must have either text or code'],
    ['no step', own('steps: []'), 'own.0.steps'],
    ['a scope that the site has not', own(`needs: no:such, ${STEPS}`), 'own.0.needs: no:such is not in knownScopes'],
    ['a scope of TAP that the site has not', site('{tapScope: no:such}'), 'tapScope: no:such is not in knownScopes'],
    [
      'the address of a TAP service that there is not',
      site('{tapUrl: false, recipes: {own: [{id: b, title: B, steps: [{code: "{tapUrl}"}]}]}}'),
      'has {tapUrl} in it, and site.tapUrl is false',
    ],
  ])('are refused with %s, by a sentence that names it', (_what, given, sentence) => {
    expect(problemsOf(given).join('\n')).toContain(sentence)
  })

  it('may have braces that stand for themselves, and a shell’s', () => {
    const { recipes } = loadSettings(own(`steps: [{code: "\${HOME} {{x}} {1}"}]`)).site
    expect(recipes.own[0]?.steps).toEqual([{ code: `\${HOME} {{x}} {1}` }])
  })
})

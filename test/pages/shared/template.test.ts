import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { ALONE, withHelpers } from '../../../server/pages/shared/template.js'

const VIEWS = new URL('../../../views/', import.meta.url).pathname
const helpers = {
  t: (key: string) => `<${key}>`,
  moment: () => ({ iso: '2026-11-25T18:00:00Z', exact: 'exactly', day: 'the day' }),
}

test('an included view reads the helpers, its own data, and the data around it', () => {
  const prose = [{ at: 0, as: 'day' }]
  const document = withHelpers(helpers)('shared/prose', { prose, at: 1, as: 'iso' })
  expect(document).toBe('<time datetime="2026-11-25T18:00:00Z" title="exactly" data-as="day">the day</time>')
})

test('data that a page does not have are absent, whatever a library has added to all objects', () => {
  Object.defineProperty(Object.prototype, 'csrf', { value: 'polluted', configurable: true })
  try {
    expect(withHelpers(helpers)('shared/csrf', {}).trim()).toBe('<input type="hidden" name="csrf" value="">')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'csrf')
  }
})

test('every view includes others by page.include: the include of EJS loses the helpers', () => {
  const views = readdirSync(VIEWS, { encoding: 'utf8', recursive: true }).filter((name) => name.endsWith('.ejs'))
  const bare = views.filter((name) => /(?<!page\.)\binclude\(/.test(readFileSync(`${VIEWS}${name}`, 'utf8')))
  expect(bare).toEqual([])
})

test('a view that reads only the data that it is given is given them by each view that includes it', () => {
  const views = readdirSync(VIEWS, { encoding: 'utf8', recursive: true }).filter((name) => name.endsWith('.ejs'))
  const calls = views.flatMap((name) => [
    ...readFileSync(`${VIEWS}${name}`, 'utf8').matchAll(/page\.include\('([^']+)'(.)/g),
  ])
  const alone = calls.filter(([, view = '']) => ALONE.has(view))
  expect(new Set(alone.map(([, view]) => view))).toEqual(ALONE)
  expect(alone.filter(([, , next]) => next !== ',')).toEqual([])
})

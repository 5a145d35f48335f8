import { readdirSync, readFileSync } from 'node:fs'
import { serialize } from 'node:v8'
import { expect, test } from '@jest/globals'
import { ALONE, Locals } from '../../../server/pages/shared/template.js'

const VIEWS = new URL('../../../views/', import.meta.url).pathname

class Words extends Locals {
  protected bare() {
    return new Words()
  }

  t(key: string) {
    return `<${key}>`
  }

  moment() {
    return { iso: '2026-11-25T18:00:00Z', exact: 'exactly', day: 'the day' }
  }
}
const fillIn = (view: string, data: object) => new Words().include(view, data)

test('an included view reads the helpers, its own data, and the data around it', () => {
  const prose = [{ at: 0, as: 'day' }]
  const document = fillIn('shared/prose', { prose, at: 1, as: 'iso' })
  expect(document).toBe('<time datetime="2026-11-25T18:00:00Z" title="exactly" data-as="day">the day</time>')
})

test('data that a page does not have are absent, whatever a library has added to all objects', () => {
  Object.defineProperty(Object.prototype, 'csrf', { value: 'polluted', configurable: true })
  try {
    expect(fillIn('shared/csrf', {}).trim()).toBe('<input type="hidden" name="csrf" value="">')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'csrf')
  }
})

test('punctuation and letters that Latin-1 lacks are references, so that a document stays at one byte a character', () => {
  const csrf = 'Revoke… “Dvořák’s” ⋯ é · <東京> &'
  const html = fillIn('shared/csrf', { csrf })
  expect(html).toContain('value="Revoke&#8230; &#8220;Dvo&#345;ák&#8217;s&#8221; &#8943; é · &lt;東京&gt; &amp;"')
  expect(bytesEach(fillIn('shared/csrf', { csrf: csrf.replace('東京', 'Praha') }))).toBe(1)
  expect(bytesEach(html)).toBe(2)
})

/** How V8 holds a text: its serialization begins with a mark of the format, and has a quotation mark before one byte a character. */
function bytesEach(text: string): number {
  return serialize(text)[2] === '"'.charCodeAt(0) ? 1 : 2
}

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

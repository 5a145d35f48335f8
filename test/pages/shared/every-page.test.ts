import { describe, expect, it } from '@jest/globals'
import { samples, viewNames } from '../support/samples/samples.js'
import { answer, show } from '../support/show.js'

const HOSTILE = `"'></title></code><script>alert(1)</script><img src=x onerror=alert(1)>&lt;`

/** Fields that choose how a view is drawn, and the one text that is the operator's own markup. */
const KEPT = new Set(['state', 'action', 'footerHtml', 'expires', 'field', 'value', 'as', 'act'])

/** The same model with every text in it replaced by one that tries to break out. */
function hostile<Model>(model: Model): Model {
  return JSON.parse(JSON.stringify(model), (name, value) =>
    typeof value === 'string' && !KEPT.has(name) ? HOSTILE : value,
  )
}

/** Pages of pictures and their tables, which are compressed to a fifth. */
const LARGER = { 'overview/overview': true, 'tokens/list': true }

const attributes = (html: string, name: string) =>
  [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value)

describe.each(viewNames)('the page %s', (view) => {
  it('is HTML that no cache stores', async () => {
    const { headers, text } = await answer(view, samples[view])
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    expect(text).toMatch(/^<!doctype html>/)
  })

  it('has no script, style or handler of its own, which the content security policy would stop', async () => {
    const html = await show(view, samples[view])
    expect(html).not.toMatch(/<script(?! type="module" src="\/auth\/static\/)/)
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/)
  })

  it('escapes every value that it shows', async () => {
    const html = await show(view, hostile(samples[view]))
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toContain('<script>alert')
    expect(html).not.toContain('<img src=x')
  })

  it('sends the CSRF token with every form of this site, and with none to another', async () => {
    const forms = (await show(view, samples[view])).match(/<form[\s\S]*?<\/form>/g) ?? []
    const changing = forms.filter((form) => !form.includes('method="get"'))
    expect(changing.length).toBeGreaterThan(0)
    for (const form of changing) {
      expect(form).toContain('method="post"')
      const token = '<input type="hidden" name="csrf" value="csrf-of-ada">'
      if (form.includes('action="https://')) expect(form).not.toContain('csrf')
      else expect(form).toContain(token)
    }
  })

  it('keeps the CSRF token out of forms that only ask, whose fields become an address', async () => {
    const forms = (await show(view, samples[view])).match(/<form[^>]*method="get"[\s\S]*?<\/form>/g) ?? []
    for (const form of forms) expect(form).not.toContain('csrf')
  })

  it('labels and describes its fields with what is there, and uses no id twice', async () => {
    const html = await show(view, samples[view])
    const ids = attributes(html, 'id')
    expect(new Set(ids).size).toBe(ids.length)
    const named = ['for', 'aria-labelledby', 'aria-describedby'].flatMap((name) => attributes(html, name))
    for (const id of named.flatMap((value) => value.split(' '))) expect(ids).toContain(id)
  })

  it('has one h1, and skips no level of headings after it', async () => {
    const main = (await show(view, samples[view])).split('<main')[1] ?? ''
    const levels = [...main.replace(/<div class="error-summary"[\s\S]*?<\/div>/, '').matchAll(/<h(\d)/g)].map(
      ([, level]) => Number(level),
    )
    expect(levels[0]).toBe(1)
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    levels.forEach((level, index) => {
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1)
    })
  })

  it('stays far below 50 KB', async () => {
    expect((await show(view, samples[view])).length).toBeLessThan(
      view in LARGER || 'recipes' in samples[view] ? 36_000 : 16_000,
    )
  })
})

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** The rules among them whose verdict depends on colours. */
export const COLOUR_RULES = ['color-contrast', 'color-contrast-enhanced', 'link-in-text-block']

/** Of AAA the contrast of texts alone. */
const MORE_RULES = { 'color-contrast-enhanced': { enabled: true } }

/** Over a third of its time went into the places where rules are kept, and into fetching media, which no page may have. */
const VIOLATIONS_ALONE = { resultTypes: ['violations'], preload: false }

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

/** The violations that axe-core finds on a page, a line each. Evaluated from outside: the page itself admits no such script. */
export async function violations(page: Page, rules: readonly string[] = RULES): Promise<string[]> {
  // Half a megabyte, which a page that is looked at several times takes once.
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(AXE)
  const options = { runOnly: rules, ...(rules === RULES && { rules: MORE_RULES }), ...VIOLATIONS_ALONE }
  const found: Violation[] = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations)`,
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`),
  )
}

/** By how many pixels a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** Links in running text and the boxes beside a label are part of something larger; a label for ears alone is no target. */
const SMALL_TARGETS = `
  [...document.querySelectorAll('a, button, summary, label[for], input:not([type=hidden])')]
    .filter((each) => each.checkVisibility() && !each.matches('.skip, .choice input, .field-label, .visually-hidden'))
    .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
    .map(([html, { width, height }]) => Math.round(width) + 'x' + Math.round(height) + ' ' + html)`

/** The controls that are smaller than a fingertip, 44 pixels. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(SMALL_TARGETS)
}

/** Measures a page for a reader who has set all text to twice its size. */
export async function withLargeText<T>(page: Page, measure: (page: Page) => Promise<T>): Promise<T> {
  const setSize = (size: string) => page.evaluate(`document.documentElement.style.fontSize = '${size}'`)
  await setSize('200%')
  const measured = await measure(page)
  await setSize('')
  return measured
}

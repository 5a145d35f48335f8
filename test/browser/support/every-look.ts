import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { COLOUR_RULES, overflow, smallTargets, violations, withLargeText } from './accessibility.js'

/** Brings up a page. */
export type Opener = () => Promise<Page>

const PICTURES = fileURLToPath(new URL('../../artefacts/screenshots/', import.meta.url))

const WIDTHS = { wide: { width: 1200, height: 800 }, narrow: { width: 360, height: 740 } } as const

/** Each width and each scheme of colours once. */
const EACH_ONCE = [
  ['wide', 'light', 'all rules'],
  ['narrow', 'dark', 'all rules'],
] as const

/** Of the rules of accessibility only those of colours can find more in the other scheme of a width. */
const LOOKS = [
  ...EACH_ONCE,
  ['wide', 'dark', 'the rules of colours'],
  ['narrow', 'light', 'the rules of colours'],
] as const

/**
 * Checks every page in every look, and takes a picture of each:
 * `test/artefacts/screenshots/<page>-<wide|narrow>-<light|dark>.png`.
 */
export function describeEveryLook(
  pages: Readonly<Record<string, Opener>>,
  more: (page: () => Page) => void = () => {},
): void {
  describeLooks(pages, LOOKS, more)
}

/**
 * The same for variants of pages, which differ from them in their words: two looks, each width and each scheme of colours in
 * one of them.
 */
export function describeVariants(
  pages: Readonly<Record<string, Opener>>,
  more: (page: () => Page) => void = () => {},
): void {
  describeLooks(pages, EACH_ONCE, more)
}

function describeLooks(
  pages: Readonly<Record<string, Opener>>,
  looks: readonly (typeof LOOKS)[number][],
  more: (page: () => Page) => void,
): void {
  mkdirSync(PICTURES, { recursive: true })
  describe.each(Object.entries(pages))('%s', (name, open) => {
    let page: Page
    beforeAll(async () => {
      page = await open()
    })

    it.each(looks)('is readable and accessible, %s and %s, by %s', async (width, colorScheme, rules) => {
      await page.setViewportSize(WIDTHS[width])
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.screenshot({ path: `${PICTURES}${name}-${width}-${colorScheme}.png`, fullPage: true })
      expect(await violations(page, rules === 'all rules' ? undefined : COLOUR_RULES)).toEqual([])
      expect(await smallTargets(page)).toEqual([])
      expect(await overflow(page)).toBe(0)
    })

    it('can be read at twice the size of text', async () => {
      await page.setViewportSize(WIDTHS.wide)
      expect(await withLargeText(page, overflow)).toBe(0)
    })

    more(() => page)
  })
}

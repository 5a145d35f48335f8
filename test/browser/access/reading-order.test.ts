import { expect, it } from '@jest/globals'
import { viewNames } from '../../pages/support/samples/samples.js'
import { describeWith } from '../../support/run/requires.js'
import { jumpsBack, missedBy, stopsOf } from '../support/reading-order.js'
import { useGallery } from '../support/use-gallery.js'

/** All but the page that sends its form by itself. */
const views = viewNames.filter((view) => view !== 'sign-in/onward')

/** What a screen reader finds at the top of a page, in this order; "main" begins with what a page has to say. */
const LANDMARKS = ['banner', 'main', 'contentinfo']

describeWith(['chromium'], 'Without eyes or a mouse', () => {
  const { gallery } = useGallery()

  it.each(views)('%s is read in the order in which it is seen', async (view) => {
    const page = await gallery().visit(view, 1200)
    const tree = await page.locator('body').ariaSnapshot()
    const first = /^- .*$/m.exec(tree)?.[0]
    expect(first).toContain('link "Skip to the content"')
    const landmarks = [...tree.matchAll(/^- (banner|main|contentinfo)/gm)].map(([, name]) => name)
    expect(landmarks).toEqual(LANDMARKS)
    const levels = [...tree.matchAll(/heading ".*" \[level=(\d)\]/g)].map(([, level]) => Number(level))
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
  })

  it.each(views)('%s is gone through with the Tab key: each control, in its order, with a ring', async (view) => {
    const page = await gallery().visit(view, 1200)
    const stops = await stopsOf(page)
    expect(await missedBy(page, stops)).toEqual([])
    expect(jumpsBack(stops)).toEqual([])
    expect(stops.filter(({ ring }) => ring < 2).map(({ html }) => html)).toEqual([])
  })

  it.each(views)('%s is gone through in that order on a phone', async (view) => {
    const stops = await stopsOf(await gallery().visit(view, 360))
    expect(jumpsBack(stops)).toEqual([])
  })
})

import { expect, it } from '@jest/globals'
import { useGallery } from '../browser/support/use-gallery.js'
import { viewNames } from '../pages/support/samples/samples.js'
import { describeWith } from '../support/run/requires.js'
import { acceptedMosaic, acceptedViews } from './accepted.js'
import { openGallery } from './gallery.js'
import { differences, mosaicOf } from './mosaic.js'

describeWith(['chromium'], 'The pictures of the pages', () => {
  const { browser, gallery } = useGallery()

  async function look(view: (typeof viewNames)[number]) {
    const shots = await gallery().shoot(view)
    const accepted = acceptedMosaic(view)
    return {
      wider: shots.filter(({ overflow }) => overflow > 0).map((shot) => shot.look.name),
      differences: accepted && (await differences(gallery().table, accepted, await mosaicOf(gallery().table, shots))),
    }
  }

  it('are accepted for every view, and for no other: npm run pictures -- --accept', () => {
    expect([...acceptedViews()].sort()).toEqual([...viewNames].sort())
  })

  it.each(viewNames)(
    '%s looks as it was accepted, and fits into its window: npm run pictures shows it',
    async (view) => {
      let seen = await look(view)
      // A window that draws late is photographed again: what has changed stays changed.
      for (let again = 0; again < 2 && seen.differences?.length !== 0; again++) seen = await look(view)
      expect(seen).toEqual({ wider: [], differences: [] })
    },
  )

  it.each([
    ['a colour', '.button.primary { background: #1f7f8b }', 'wide light'],
    ['a size', 'h1 { font-size: 2rem }', 'narrow dark'],
    ['a space', 'main { padding-top: 4rem }', 'printed'],
    ['what a system’s colours replace', '.button { border: 4px solid }', 'forced colours'],
  ])('show where %s has changed', async (_what, css, look) => {
    const view = 'leaked/leaked'
    const changed = await openGallery(browser(), css)
    try {
      const [before, again, after] = [
        await mosaicOf(gallery().table, await gallery().shoot(view)),
        await mosaicOf(gallery().table, await gallery().shoot(view)),
        await mosaicOf(gallery().table, await changed.shoot(view)),
      ]
      expect(await differences(gallery().table, before, again)).toEqual([])
      const looks = (await differences(gallery().table, before, after)).map((each) => each.look)
      expect(looks).toContain(look)
    } finally {
      await changed.close()
    }
  })
})

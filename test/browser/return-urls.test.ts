import { expect, it } from '@jest/globals'
import { returnUrl } from '../../server/core/access/return-url.js'
import { HARMLESS, OPEN_REDIRECTS } from '../core/access/open-redirects.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'

const BASE = 'https://data.example.org'

describeWith(['chromium'], 'An address to return to', () => {
  const { open } = useDesk()

  it('is read by a real browser as it was by us', async () => {
    const page = await open()
    const texts = [...HARMLESS.map(([text]) => text), ...Object.values(OPEN_REDIRECTS).flat()]
    const read = await page.evaluate(
      ({ texts, base }) => texts.map((text) => (URL.canParse(text, base) ? new URL(text, base).href : undefined)),
      { texts, base: BASE },
    )
    const accepted = texts.flatMap((text, index) => {
      const url = returnUrl(text, { baseUrl: new URL(BASE), allowSubdomains: false })
      return url ? [{ text, ours: url.href, theirs: read[index] }] : []
    })
    expect(accepted).toHaveLength(HARMLESS.length)
    expect(accepted.filter(({ ours, theirs }) => ours !== theirs)).toEqual([])
  })
})

import { afterAll, beforeAll } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { type Gallery, openGallery } from '../../pictures/gallery.js'
import { openBrowser } from './chromium.js'

/** Opens a browser at the sample models for the tests of a suite; what is returned can be asked within them. */
export function useGallery(): { readonly browser: () => Browser; readonly gallery: () => Gallery } {
  let browser: Browser
  let gallery: Gallery
  beforeAll(async () => {
    browser = await openBrowser()
    gallery = await openGallery(browser)
  })
  afterAll(async () => {
    await gallery?.close()
    await browser?.close()
  })
  return { browser: () => browser, gallery: () => gallery }
}

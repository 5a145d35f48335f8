import type { BrowserContext, Page, Request } from 'playwright-core'

/** Weighs what a browser with an empty cache has to fetch for a page: its document and everything that it loads. */
export class Scales {
  readonly #weights = new Map<string, Promise<number>>()
  #document = ''

  constructor(context: BrowserContext) {
    context.on('requestfinished', (request) => {
      const url = request.url()
      if (request.isNavigationRequest()) this.#document = url
      // A resource from the cache was weighed the first time.
      else if (this.#weights.has(url)) return
      this.#weights.set(url, weightOf(request))
    })
  }

  /** Bytes, headers included, of the page that was opened last. */
  async weigh(page: Page): Promise<number> {
    const loaded: string[] = await page.evaluate(`performance.getEntriesByType('resource').map(({ name }) => name)`)
    const parts = await Promise.all([this.#document, ...new Set(loaded)].map((url) => this.#weights.get(url)))
    return parts.reduce<number>((sum, weight) => sum + (weight ?? Number.NaN), 0)
  }
}

/** Not a number when the browser is closed before it could say. */
async function weightOf(request: Request): Promise<number> {
  try {
    const { responseHeadersSize, responseBodySize } = await request.sizes()
    return responseHeadersSize + responseBodySize
  } catch {
    return Number.NaN
  }
}

import type { BrowserContext, ConsoleMessage } from 'playwright-core'

/** Tells of everything that a visitor's browser should never have to say about our pages. */
export function watch(context: BrowserContext, origin: string, tell: (complaint: string) => void): void {
  const pages = new Set<string>()
  context.on('request', (request) => {
    if (request.isNavigationRequest()) pages.add(request.url())
    if (!request.url().startsWith(`${origin}/`)) tell(`${request.method()} ${request.url()}`)
  })
  context.on('weberror', (error) => tell(String(error.error())))
  // The content security policy is reported here, too.
  context.on('console', (message) => {
    const isSerious = message.type() === 'error' || message.type() === 'warning'
    if (isSerious && !isRefusedPage(message, pages)) tell(`${message.type()}: ${message.text()}`)
  })
}

/** Chromium logs it when a page, such as a form with a mistake in it, is answered with 4xx. That is as it should be. */
function isRefusedPage(message: ConsoleMessage, pages: ReadonlySet<string>): boolean {
  return message.text().startsWith('Failed to load resource: the server responded') && pages.has(message.location().url)
}

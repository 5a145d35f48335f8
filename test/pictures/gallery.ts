import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import { loadAssets } from '../../server/pages/shared/assets.js'
import { pageRenderer } from '../../server/pages/shared/render.js'
import type { Views } from '../../server/pages/shared/views.js'
import { PATIENCE_MS } from '../browser/support/chromium.js'
import { samples } from '../pages/support/samples/samples.js'
import { NOW } from '../pages/support/samples/values.js'
import { LOOKS, type Look } from './looks.js'
import { inState, STATES, type State } from './states.js'

/** One picture of a view. */
export interface Shot {
  readonly look: Look
  readonly png: Buffer
  /** By how many pixels the page is wider than its window. */
  readonly overflow: number
}

/** Takes pictures of views. */
export interface Gallery {
  /** The pictures of a view in every look that it has. */
  shoot(view: keyof Views): Promise<readonly Shot[]>
  /** Opens the sample of a view in a window of its own. */
  visit(view: keyof Views, width: number): Promise<Page>
  /** The states that a view could not be drawn in, with the error. */
  readonly faults: readonly string[]
  /** A page of the browser without a site, which can compute with pictures. */
  readonly table: Page
  close(): Promise<void>
}

/** Longer pages go on as they began. */
const MAX_HEIGHT = 2400

/**
 * Machines have different fonts for `system-ui`, by which everything moves. These are on every Debian with Chromium; on
 * other systems the pictures differ by more than is tolerated.
 */
const FONTS = `:root { --fixed: 'DejaVu Sans Mono', monospace } body { font-family: 'DejaVu Sans', sans-serif !important }`

/**
 * Serves the sample models, without stores, and opens a browser at them.
 *
 * @param css a change of style to look at
 */
export async function openGallery(browser: Browser, css = ''): Promise<Gallery> {
  const faults: string[] = []
  const { server, origin } = await serveSamples(faults)
  const windows = await Promise.all([false, true].map((forced) => openWindow(browser, origin, forced)))
  const table = await browser.newPage()
  const visited = await openWindow(browser, origin, false)
  return {
    faults,
    table,
    async shoot(view) {
      const states = STATES.filter((state) => inState(samples[view], state) !== undefined)
      const shots: Shot[] = []
      for (const look of LOOKS.filter(({ state }) => states.includes(state))) {
        const page = windows[look.forced ? 1 : 0]
        const taken = page && (await picture(page, { path: `/${look.state}/${view}`, look, css }))
        if (taken) shots.push({ look, ...taken })
      }
      return shots
    },
    async visit(view, width) {
      await visited.setViewportSize({ width, height: 800 })
      await visited.goto(`/sample/${view}`)
      return visited
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function serveSamples(faults: string[]): Promise<{ server: Server; origin: string }> {
  const assets = loadAssets()
  const render = pageRenderer({ assets, base: '' })
  const app = express().use(assets.serve)
  app.get('/:state/:folder/:name', async (request, response) => {
    const { state, folder, name } = request.params
    const view = `${folder}/${name}` as keyof Views
    try {
      const model = inState(samples[view], state as State)
      if (model !== undefined) await render(response, view, model)
    } catch (error) {
      faults.push(`${view} cannot be drawn ${state}: ${String(error).split('\n').at(-1)}`)
      response.status(500).end('See the faults.')
    }
  })
  const server = await new Promise<Server>((resolve) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Opens a window in which it is always the samples' now, and nothing moves. */
async function openWindow(browser: Browser, baseURL: string, forced: boolean): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
    reducedMotion: 'reduce',
    ...(forced && { forcedColors: 'active' }),
  })
  context.setDefaultTimeout(PATIENCE_MS)
  await context.clock.setFixedTime(NOW * 1000)
  return context.newPage()
}

interface Wish {
  readonly path: string
  readonly look: Look
  readonly css: string
}

async function picture(page: Page, { path, look, css }: Wish): Promise<Omit<Shot, 'look'> | undefined> {
  await page.setViewportSize({ width: look.width, height: look.width > 600 ? 800 : 740 })
  await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', media: look.media ?? 'screen' })
  if (new URL(page.url(), 'http://x').pathname !== path) {
    const answer = await page.goto(path)
    if (!answer?.ok()) return undefined
    // The content security policy admits no style of a test's: a stylesheet that is made by the browser itself passes it.
    await page.evaluate(
      `{ const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(FONTS + css)}); document.adoptedStyleSheets = [sheet] }`,
    )
  }
  await page.evaluate(
    `document.documentElement.style.fontSize = '${look.large ? '200%' : ''}'; document.activeElement?.blur(); scrollTo(0, 0)`,
  )
  const [height, overflow]: [number, number] = await page.evaluate(
    '(({ scrollHeight, scrollWidth, clientWidth }) => [scrollHeight, scrollWidth - clientWidth])(document.documentElement)',
  )
  // Taken beyond its window, a page has what sticks to the window's foot in its middle.
  await page.setViewportSize({ width: look.width, height: Math.min(height, MAX_HEIGHT) })
  // A busy machine draws the new size late.
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide' })
  return { png, overflow }
}

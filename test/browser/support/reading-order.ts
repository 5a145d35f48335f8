import type { Page } from 'playwright-core'

/** A place where the Tab key stops. */
export interface Stop {
  readonly html: string
  readonly top: number
  readonly bottom: number
  readonly left: number
  /** The width of the ring around it, in pixels. */
  readonly ring: number
  /** Its place among all controls of the document. */
  readonly index: number
}

/** What the Tab key stops at, in the order of the document; of the radio buttons of one name it is one. */
const CONTROLS = `
  [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0)`

const HERE = `(() => {
  const here = document.activeElement
  if (here === document.body || here === document.documentElement) return null
  const { top, bottom, left } = here.getBoundingClientRect()
  const { outlineStyle, outlineWidth } = getComputedStyle(here)
  return {
    html: here.outerHTML.slice(0, 100),
    top: top + scrollY,
    bottom: bottom + scrollY,
    left,
    ring: outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth),
    index: ${CONTROLS}.indexOf(here),
  }
})()`

/** More stops than any page has. */
const MAX_STOPS = 150

/** Goes through a page with the Tab key, from its beginning to where the browser leaves it. */
export async function stopsOf(page: Page): Promise<readonly Stop[]> {
  // A field in focus is where the key begins: so does it from the second control on, once it has gone back to the first.
  await page.evaluate(`${CONTROLS}[1].focus()`)
  const stops: Stop[] = []
  while (stops.length < MAX_STOPS) {
    await page.keyboard.press(stops.length === 0 ? 'Shift+Tab' : 'Tab')
    const stop: Stop | null = await page.evaluate(HERE)
    if (stop === null || (stops.length > 0 && stop.index <= 0)) break
    stops.push(stop)
  }
  return stops
}

/** The controls that the Tab key passes by. */
export async function missedBy(page: Page, stops: readonly Stop[]): Promise<readonly string[]> {
  const controls: (readonly [string, string])[] = await page.evaluate(
    `${CONTROLS}.map((each) => [each.outerHTML.slice(0, 100), each.type === 'radio' ? each.name : ''])`,
  )
  const reached = new Set(stops.map(({ index }) => index))
  const radios = new Set(controls.flatMap(([, name], index) => (reached.has(index) && name !== '' ? [name] : [])))
  return controls.flatMap(([html, name], index) => (reached.has(index) || radios.has(name) ? [] : [html]))
}

/** The stops that are above the one before them, and not in a column to its right: a reader would look for them. */
export function jumpsBack(stops: readonly Stop[]): readonly string[] {
  return stops.flatMap((stop, at) => {
    const before = stops[at - 1]
    const back = before !== undefined && stop.bottom <= before.top + 1 && stop.left <= before.left
    return back ? [`${stop.html} comes after ${before.html}`] : []
  })
}

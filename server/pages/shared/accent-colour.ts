/** A colour as red, green and blue from 0 to 255. */
type Rgb = readonly [number, number, number]

const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]

/** WCAG 2 AA for text; the accent is the colour of links. */
const ENOUGH = 4.5

/** The surfaces of `tokens.css` on which the accent is hardest to read: its darkest light one, its lightest dark one. */
const LIGHT_SURFACE = parse('#f4f5f7')
const DARK_SURFACE = parse('#21262e')

/**
 * The stylesheet that puts a site's accent colour in place of ours: `#rgb` or `#rrggbb`, moved towards black for the
 * light scheme and towards white for the dark one until text in it can be read. Throws for anything else.
 */
export function accentStyles(colour: string): string {
  const wanted = parse(colour)
  const light = format(readable(wanted, BLACK, LIGHT_SURFACE))
  const dark = format(readable(wanted, WHITE, DARK_SURFACE))
  return `\n:root{--accent:${light}}\n@media (prefers-color-scheme:dark){:root{--accent:${dark}}}\n`
}

/** WCAG 2 contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  return contrastOf(parse(one), parse(other))
}

function readable(colour: Rgb, towards: Rgb, surface: Rgb): Rgb {
  const shades = Array.from({ length: 51 }, (_, step) => mix(colour, towards, step / 50))
  return shades.find((shade) => contrastOf(shade, surface) >= ENOUGH) ?? towards
}

function parse(colour: string): Rgb {
  const digits = /^#(?:[0-9a-f]{3}){1,2}$/i.test(colour) ? colour.slice(1) : undefined
  if (digits === undefined) throw new Error(`The accent colour "${colour}" is not of the form #rrggbb`)
  const pairs = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits
  const channel = (index: number) => Number.parseInt(pairs.slice(index, index + 2), 16)
  return [channel(0), channel(2), channel(4)]
}

function format(colour: Rgb): string {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

function mix([r, g, b]: Rgb, towards: Rgb, share: number): Rgb {
  const blend = (from: number, to: number) => Math.round(from + (to - from) * share)
  return [blend(r, towards[0]), blend(g, towards[1]), blend(b, towards[2])]
}

function contrastOf(one: Rgb, other: Rgb): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

function linear(channel: number): number {
  const value = channel / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

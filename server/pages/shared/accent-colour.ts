/** A colour as red, green and blue from 0 to 255. */
type Rgb = readonly [number, number, number]

const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]

/** WCAG 2 AAA for text; the accent is the colour of links. */
const ENOUGH = 7

/** The surfaces of `tokens.css` on which the accent is hardest to read: its darkest light one, its lightest dark one. */
const LIGHT_SURFACE = parse('#f4f5f7')
const DARK_SURFACE = parse('#21262e')

/** The accent in one scheme of colours. */
interface Accent {
  /** Of what is filled: buttons, the icon. */
  readonly fill: string
  /** Of the text on it. */
  readonly on: string
  /** Of links, and of edges: what can be read on the page. */
  readonly text: string
}

export interface AccentColours {
  readonly light: Accent
  readonly dark: Accent
}

/** Ours, as `tokens.css` has it. */
const OWN_COLOURS: AccentColours = {
  light: { fill: '#1a5480', on: '#ffffff', text: '#1a5480' },
  dark: { fill: '#82bbe5', on: '#10141a', text: '#82bbe5' },
}

/**
 * Returns the accents of a site's colour, `#rgb` or `#rrggbb`. It stays as it is where it is a fill, under black or
 * white. Links have it moved towards black or white, until they can be read.
 *
 * @throws Error for anything else
 */
export function accentColours(colour: string | undefined): AccentColours {
  if (colour === undefined) return OWN_COLOURS
  const wanted = parse(colour)
  const filled = { fill: format(wanted), on: format(fitting(wanted)) }
  return {
    light: { ...filled, text: format(readable(wanted, BLACK, LIGHT_SURFACE)) },
    dark: { ...filled, text: format(readable(wanted, WHITE, DARK_SURFACE)) },
  }
}

/** Returns the rules that put a site's accent in place of ours. */
export function accentStyles(colour: string): string {
  const { light, dark } = accentColours(colour)
  return `\n:root{${properties(light)}}\n@media screen and (prefers-color-scheme:dark){:root{${properties(dark)}}}\n`
}

/** A button under the pointer moves away from the colour of its text. */
function properties({ fill, on, text }: Accent): string {
  const press = on === format(WHITE) ? BLACK : WHITE
  return `--accent:${text};--accent-fill:${fill};--on-accent:${on};--press:${format(press)}`
}

/** Black or white, by which a text on the colour is read better: one of them has a contrast of 4.58 or more. */
function fitting(colour: Rgb): Rgb {
  return contrastOf(colour, WHITE) >= contrastOf(colour, BLACK) ? WHITE : BLACK
}

/** WCAG 2 contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  return contrastOf(parse(one), parse(other))
}

function readable(colour: Rgb, towards: Rgb, surface: Rgb): Rgb {
  const shades = Array.from({ length: 101 }, (_, step) => mix(colour, towards, step / 100))
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

import { crc32, deflateSync } from 'node:zlib'
import type { AccentColours } from './accent-colour.js'

/*
 * The icon is an arch with a door in it, in the colours of the site's accent: as SVG, and for what takes none, such as
 * home screens and the oldest browsers, as PNG.
 */

const SIZE = 32
/** The points of a pixel's edge that are asked, so that slants and curves are smooth. */
const SAMPLES = 4
/** The margin that a home screen's icon has, as a share of it: its corners are cut round. */
const MARGIN = 0.14

/** Draws the icon for a tab, which follows the scheme of colours. */
export function iconSvg({ light, dark }: AccentColours): Buffer {
  const style =
    `.wall{fill:${light.fill}}.door{fill:${light.on}}` +
    `@media (prefers-color-scheme:dark){.wall{fill:${dark.fill}}.door{fill:${dark.on}}}`
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}"><style>${style}</style>` +
      '<path class="wall" d="M3 29V13a13 13 0 0 1 26 0v16z"/><path class="door" d="M11 29V17a5 5 0 0 1 10 0v12z"/></svg>',
  )
}

/** Draws the icon of a home screen, on the accent's colour. */
export function touchIcon({ light }: AccentColours): Buffer {
  return png(180, (x, y) => {
    const at = (share: number) => ((share - MARGIN) / (1 - 2 * MARGIN)) * SIZE
    return isWall(at(x), at(y)) && !isDoor(at(x), at(y)) ? light.on : light.fill
  })
}

/** Draws `favicon.ico`: a PNG of 32 pixels within the header of an ICO file. */
export function faviconIco({ light }: AccentColours): Buffer {
  const image = png(SIZE, (x, y) => {
    if (isDoor(x * SIZE, y * SIZE)) return light.on
    return isWall(x * SIZE, y * SIZE) ? light.fill : undefined
  })
  const header = Buffer.alloc(22)
  header.writeUInt16LE(1, 2) // An icon,
  header.writeUInt16LE(1, 4) // of one image,
  header.writeUInt8(SIZE, 6)
  header.writeUInt8(SIZE, 7)
  header.writeUInt16LE(1, 10)
  header.writeUInt16LE(32, 12) // of 32 bits a pixel,
  header.writeUInt32LE(image.length, 14)
  header.writeUInt32LE(header.length, 18) // which begins here.
  return Buffer.concat([header, image])
}

function isWall(x: number, y: number): boolean {
  return x >= 3 && x <= 29 && y <= 29 && (y >= 13 || Math.hypot(x - 16, y - 13) <= 13)
}

function isDoor(x: number, y: number): boolean {
  return x >= 11 && x <= 21 && y <= 29 && (y >= 17 || Math.hypot(x - 16, y - 17) <= 5)
}

/** Names the colour at a point, from 0 to 1; nothing where the picture is clear. */
type Painter = (x: number, y: number) => string | undefined

function png(size: number, paint: Painter): Buffer {
  const rows = Array.from({ length: size }, (_, y) => [
    0,
    ...Array.from({ length: size }, (_, x) => pixel(x, y)).flat(),
  ])
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  head.set([8, 6], 8) // Eight bits for each of red, green, blue and opacity.
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const data = deflateSync(Buffer.from(rows.flat()))
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])

  function pixel(x: number, y: number): number[] {
    const points = Array.from({ length: SAMPLES ** 2 }, (_, index) => {
      const inside = (step: number) => (step + 0.5) / SAMPLES
      return paint((x + inside(index % SAMPLES)) / size, (y + inside(Math.floor(index / SAMPLES))) / size)
    })
    const painted = points.filter((colour) => colour !== undefined)
    const mean = (channel: number) =>
      Math.round(painted.reduce((sum, colour) => sum + channelOf(colour, channel), 0) / (painted.length || 1))
    return [mean(0), mean(1), mean(2), Math.round((painted.length / points.length) * 255)]
  }
}

function channelOf(colour: string, channel: number): number {
  return Number.parseInt(colour.slice(1 + 2 * channel, 3 + 2 * channel), 16)
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

import type { Page } from 'playwright-core'
import type { Shot } from './gallery.js'
import { LOOKS } from './looks.js'

/*
 * A mosaic is what is kept of the accepted pictures of a view: each look in a column of its own, every 16 pixels in
 * square one, in 16 shades of each colour. That is enough to notice a change of style, and a few kilobytes.
 */

const SCALE = 16
const GAP = 2

/** A colour that differs by less is the same: one shade, for the rounding of the browser and of fonts. */
const SAME_COLOUR = 24
/** A look of which less has changed is the same: what the edges of letters differ by from machine to machine. */
const SAME_LOOK = 0.004

/** A look that is not as it was accepted. */
export interface Difference {
  readonly look: string
  /** The share of the picture that has another colour. */
  readonly share: number
}

interface Column {
  readonly look: string
  readonly x: number
  readonly width: number
}

const COLUMNS: readonly Column[] = LOOKS.map(({ name, width }, index) => ({
  look: name,
  x: LOOKS.slice(0, index).reduce((sum, before) => sum + columnWidth(before.width) + GAP, 0),
  width: columnWidth(width),
}))

function columnWidth(pixels: number): number {
  return Math.ceil(pixels / SCALE)
}

/** Computes in a page of the browser, which reads and writes pictures. */
const IN_BROWSER = `
  const decoded = (url) => fetch(url).then((answer) => answer.blob()).then((blob) => createImageBitmap(blob))
  const pixels = (image, width = image.width, height = image.height) => {
    const pen = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
    pen.drawImage(image, 0, 0)
    return pen.getImageData(0, 0, width, height)
  }
  const asUrl = async (canvas) => {
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp', quality: 1 })).arrayBuffer())
    return 'data:image/webp;base64,' + btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(''))
  }`

/** Makes the mosaic of the pictures of a view, as WebP without loss. */
export async function mosaicOf(table: Page, shots: readonly Shot[]): Promise<Buffer> {
  const tiles = shots.map(({ look, png }) => ({ ...columnOf(look.name), png: dataUrl('png', png) }))
  const url: string = await table.evaluate(`(async () => {
    ${IN_BROWSER}
    const tiles = await Promise.all(${JSON.stringify(tiles)}.map(async (tile) => ({ ...tile, image: await decoded(tile.png) })))
    const height = Math.max(...tiles.map(({ image }) => Math.ceil(image.height / ${SCALE})))
    const canvas = new OffscreenCanvas(${widthOfAll()}, height)
    const pen = canvas.getContext('2d')
    pen.imageSmoothingQuality = 'high'
    for (const { image, x, width } of tiles) pen.drawImage(image, x, 0, width, Math.ceil(image.height / ${SCALE}))
    const all = pen.getImageData(0, 0, canvas.width, height)
    all.data.forEach((value, index) => { all.data[index] = index % 4 === 3 ? value : Math.min(value + 8, 255) & 0xf0 })
    pen.putImageData(all, 0, 0)
    return asUrl(canvas)
  })()`)
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
}

/** Returns the looks in which two mosaics differ by more than fonts do. */
export async function differences(table: Page, accepted: Buffer, current: Buffer): Promise<readonly Difference[]> {
  const shares: number[] = await table.evaluate(`(async () => {
    ${IN_BROWSER}
    const [one, other] = await Promise.all(${JSON.stringify([accepted, current].map((each) => dataUrl('webp', each)))}.map(decoded))
    const height = Math.max(one.height, other.height)
    const [before, after] = [one, other].map((image) => pixels(image, ${widthOfAll()}, height).data)
    return ${JSON.stringify(COLUMNS)}.map(({ x, width }) => {
      let [seen, changed] = [0, 0]
      for (let row = 0; row < height; row++)
        for (let column = x; column < x + width; column++) {
          const at = (row * ${widthOfAll()} + column) * 4
          if (before[at + 3] === 0 && after[at + 3] === 0) continue
          seen++
          if ([0, 1, 2, 3].some((channel) => Math.abs(before[at + channel] - after[at + channel]) >= ${SAME_COLOUR})) changed++
        }
      return seen === 0 ? 0 : changed / seen
    })
  })()`)
  return COLUMNS.map(({ look }, index) => ({ look, share: shares[index] ?? 1 })).filter(
    ({ share }) => share > SAME_LOOK,
  )
}

function columnOf(look: string): Column {
  const column = COLUMNS.find((each) => each.look === look)
  if (column === undefined) throw new Error(`There is no look ${look}`)
  return column
}

function widthOfAll(): number {
  const last = COLUMNS.at(-1)
  return last === undefined ? 0 : last.x + last.width
}

function dataUrl(type: 'png' | 'webp', bytes: Buffer): string {
  return `data:image/${type};base64,${bytes.toString('base64')}`
}

import type { Page } from 'playwright-core'
import type { Shot } from './gallery.js'

const SHEET_WIDTH = 1980

const STYLE = `
  body { margin: 16px; background: #808080; font: 14px sans-serif; color: #ffffff }
  main { display: flex; flex-wrap: wrap; gap: 16px; align-items: start }
  figure { margin: 0 }
  figcaption { padding-bottom: 4px }
  img { display: block; max-width: 930px }`

/** Makes the contact sheet of a view: its pictures, at half their size, with the names of the looks. */
export async function contactSheet(table: Page, view: string, shots: readonly Shot[]): Promise<Buffer> {
  const figures = shots.map(({ look, png }) => {
    const image = `<img width="${Math.round(look.width / 2)}" src="data:image/png;base64,${png.toString('base64')}">`
    return `<figure><figcaption>${look.name}</figcaption>${image}</figure>`
  })
  await table.setViewportSize({ width: SHEET_WIDTH, height: 800 })
  await table.setContent(`<style>${STYLE}</style><h1>${view}</h1><main>${figures.join('')}</main>`)
  await table.evaluate('Promise.all([...document.images].map((image) => image.decode()))')
  return table.screenshot({ fullPage: true })
}

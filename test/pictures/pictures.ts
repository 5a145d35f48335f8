import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBrowser } from '../browser/support/chromium.js'
import { viewNames } from '../pages/support/samples/samples.js'
import { accept, acceptedMosaic, acceptedViews, forget } from './accepted.js'
import { type Gallery, openGallery } from './gallery.js'
import { differences, mosaicOf } from './mosaic.js'
import { contactSheet } from './sheet.js'

/*
 * `npm run pictures`: a contact sheet of each view in test/artefacts/pictures, and which of them are not as they were
 * accepted. `npm run pictures -- tokens/list` takes those that are named alone; with `--accept` they become the
 * accepted ones, and mosaics of views that are gone are removed.
 */

const SHEETS = fileURLToPath(new URL('../artefacts/pictures/', import.meta.url))

const given = process.argv.slice(2)
const accepts = given.includes('--accept')
const named = given.filter((each) => !each.startsWith('--'))
const views = viewNames.filter((view) => named.length === 0 || named.some((each) => view.startsWith(each)))

const browser = await openBrowser()
const gallery = await openGallery(browser)
try {
  for (const view of views) say(`${view}: ${await sheetOf(gallery, view)}`)
  for (const fault of gallery.faults) say(fault)
} finally {
  await gallery.close()
  await browser.close()
}
if (accepts) for (const view of acceptedViews()) if (!viewNames.some((each) => each === view)) forget(view)
say(`The sheets are in ${SHEETS}`)

async function sheetOf({ shoot, table }: Gallery, view: (typeof viewNames)[number]): Promise<string> {
  const shots = await shoot(view)
  const file = `${SHEETS}${view}.png`
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, await contactSheet(table, view, shots))
  for (const { look, overflow } of shots) if (overflow > 0) say(`${view}, ${look.name}: ${overflow} pixels too wide`)
  const mosaic = await mosaicOf(table, shots)
  const accepted = acceptedMosaic(view)
  const changed = accepted && (await differences(table, accepted, mosaic))
  if (accepts && changed?.length !== 0) accept(view, mosaic)
  if (changed === undefined) return accepts ? 'accepted for the first time' : 'new: not accepted yet'
  if (changed.length === 0) return 'as accepted'
  const looks = changed.map(({ look, share }) => `${look} (${Math.ceil(share * 100)} %)`).join(', ')
  return `${accepts ? 'accepted anew' : 'changed'}: ${looks}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

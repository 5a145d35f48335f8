import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('accepted/', import.meta.url))
const KIND = '.webp'

/** The mosaic of a view as it was last accepted. */
export function acceptedMosaic(view: string): Buffer | undefined {
  const file = `${FOLDER}${view}${KIND}`
  return existsSync(file) ? readFileSync(file) : undefined
}

/** Makes the mosaic of a view the accepted one. */
export function accept(view: string, mosaic: Buffer): void {
  const file = `${FOLDER}${view}${KIND}`
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, mosaic)
}

/** The views that have an accepted mosaic. */
export function acceptedViews(): readonly string[] {
  if (!existsSync(FOLDER)) return []
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith(KIND)).map((file) => file.slice(0, -KIND.length))
}

export function forget(view: string): void {
  rmSync(`${FOLDER}${view}${KIND}`)
}

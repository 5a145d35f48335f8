import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { Router } from 'express'
import { accentStyles } from './accent-colour.js'

/** The stylesheet, scripts and icons of the pages. */
export interface Assets {
  /** The own path of a file of `views/static`; it changes whenever the file does. Throws when there is no such file. */
  readonly url: (name: string) => string
  /** Answers `/auth/static/…`: what {@link url} gave out, and 404 for the rest. */
  readonly serve: Router
}

const FOLDER = new URL('../../../views/static/', import.meta.url)
const PREFIX = '/auth/static/'

/**
 * The parts of `views/static/css` that `style.css` is joined of, in the order of the cascade: of two rules of equal
 * weight the later wins, so `narrow` comes after what it narrows. One file is one request, before which nothing is drawn.
 */
const STYLESHEET = [
  'tokens',
  'base',
  'layout',
  'sign-in',
  'buttons',
  'lists',
  'forms',
  'token-page',
  'pictures',
  'docs',
  'explain',
  'narrow',
  'dialogs',
  'conditions',
  'folded',
  'admin',
] as const

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

interface Asset {
  readonly url: string
  readonly type: string
  readonly body: Buffer
}

/**
 * Reads them all once; they are served from memory. The site's accent colour, if it has one, becomes part of the
 * stylesheet: the content security policy lets no page carry a style of its own.
 */
export function loadAssets(accent?: string): Assets {
  const files = new Map(
    readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, asset(name, readFileSync(new URL(name, FOLDER)))]),
  )
  files.set('style.css', asset('style.css', Buffer.from(stylesheet(accent))))
  return { url: (name) => assetOf(files, name).url, serve: serve([...files.values()]) }
}

function stylesheet(accent: string | undefined): string {
  const parts = STYLESHEET.map((name) => readFileSync(new URL(`css/${name}.css`, FOLDER), 'utf8'))
  return [...parts, accent === undefined ? '' : accentStyles(accent)].join('\n')
}

function asset(name: string, body: Buffer): Asset {
  const extension = extname(name)
  const type = TYPES[extension]
  if (type === undefined) throw new Error(`views/static/${name} has a kind that is not served: add it to TYPES`)
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { url: `${PREFIX}${name.slice(0, -extension.length)}.${hash}${extension}`, type, body }
}

function assetOf(files: ReadonlyMap<string, Asset>, name: string): Asset {
  const asset = files.get(name)
  if (asset === undefined) throw new Error(`There is no views/static/${name}`)
  return asset
}

function serve(assets: readonly Asset[]): Router {
  const byUrl = new Map(assets.map((asset) => [asset.url, asset]))
  return Router().get(`${PREFIX}*file`, (request, response) => {
    const asset = byUrl.get(request.path)
    if (asset === undefined) {
      response.status(404).type('text/plain').end('Not Found\n')
      return
    }
    response.set({
      'Content-Type': asset.type,
      'Content-Length': String(asset.body.length),
      'Cache-Control': 'public, max-age=31536000, immutable',
    })
    response.end(asset.body)
  })
}

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { type Request, type Response, Router } from 'express'
import { accentColours, accentStyles } from './accent-colour.js'
import { type Coding, codingOf, encode } from './compression.js'
import { faviconIco, iconSvg, touchIcon } from './site-icon.js'

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
 * The layers of `style.css`, a folder of `views/static/css` each, in the order of the cascade: a rule of a later layer
 * wins over an earlier one of any weight. Within a layer the files are sorted by name. One file is one request, before
 * which nothing is drawn.
 */
const LAYERS = ['ground', 'frame', 'parts', 'pages', 'conditions'] as const

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/** What is smaller as it is. */
const COMPRESSED_ALREADY = new Set(['image/png', 'image/x-icon'])

const FOR_EVER = 'public, max-age=31536000, immutable'
/** Browsers ask for it by this name alone, which does not change with what is in it. */
const FAVICON = { path: '/favicon.ico', cacheControl: 'public, max-age=86400' } as const

interface Asset {
  readonly url: string
  readonly type: string
  readonly body: Buffer
  /** Made when the first browser asks. */
  readonly encoded: Map<Coding, Promise<Buffer>>
}

/**
 * Reads them all once; they are served from memory. The site's accent colour, if it has one, becomes part of the
 * stylesheet and the icons: the content security policy lets no page carry a style of its own.
 */
export function loadAssets(accent?: string): Assets {
  const files = new Map(
    readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, asset(name, readFileSync(new URL(name, FOLDER)))]),
  )
  const colours = accentColours(accent)
  const made = {
    'style.css': Buffer.from(stylesheet(accent)),
    'icon.svg': iconSvg(colours),
    'touch-icon.png': touchIcon(colours),
  }
  for (const [name, body] of Object.entries(made)) files.set(name, asset(name, body))
  return { url: (name) => assetOf(files, name).url, serve: serve([...files.values()], faviconIco(colours)) }
}

function stylesheet(accent: string | undefined): string {
  const layers = LAYERS.map((layer) => `@layer ${layer} {\n${filesOf(layer).join('\n')}\n}`)
  return [`@layer ${LAYERS.join(', ')};`, ...layers, accent === undefined ? '' : accentStyles(accent)].join('\n')
}

function filesOf(layer: (typeof LAYERS)[number]): string[] {
  const folder = new URL(`css/${layer}/`, FOLDER)
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
}

function asset(name: string, body: Buffer): Asset {
  const extension = extname(name)
  const type = TYPES[extension]
  if (type === undefined) throw new Error(`views/static/${name} has a kind that is not served: add it to TYPES`)
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { url: `${PREFIX}${name.slice(0, -extension.length)}.${hash}${extension}`, type, body, encoded: new Map() }
}

function assetOf(files: ReadonlyMap<string, Asset>, name: string): Asset {
  const asset = files.get(name)
  if (asset === undefined) throw new Error(`There is no views/static/${name}`)
  return asset
}

function serve(assets: readonly Asset[], favicon: Buffer): Router {
  const byUrl = new Map(assets.map((asset) => [asset.url, asset]))
  const icon: Asset = { url: FAVICON.path, type: 'image/x-icon', body: favicon, encoded: new Map() }
  return Router()
    .get(FAVICON.path, (request, response) => send(icon, FAVICON.cacheControl, { request, response }))
    .get(`${PREFIX}*file`, async (request, response) => {
      const asset = byUrl.get(request.path)
      if (asset) await send(asset, FOR_EVER, { request, response })
      else response.status(404).type('text/plain').end('Not Found\n')
    })
}

interface Exchange {
  readonly request: Request
  readonly response: Response
}

async function send(asset: Asset, cacheControl: string, { request, response }: Exchange): Promise<void> {
  const { type, body, encoded } = asset
  response.set({ 'Content-Type': type, 'Cache-Control': cacheControl })
  const mayVary = !COMPRESSED_ALREADY.has(type)
  const coding = mayVary ? codingOf(request) : undefined
  if (mayVary) response.set('Vary', 'Accept-Encoding')
  const ready = coding && (encoded.get(coding) ?? encode(coding, body, 'once'))
  if (coding && ready) {
    encoded.set(coding, ready)
    response.set('Content-Encoding', coding)
  }
  const sent = (await ready) ?? body
  response.set('Content-Length', String(sent.length)).end(sent)
}

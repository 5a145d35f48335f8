import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Shell } from '../../../../server/core/recipes/recipe.js'
import type { Scope } from '../../../../server/core/token/scope.js'
import { shownRecipes } from '../../../../server/pages/recipes/shown.js'
import type { ShownLine, ShownRecipe } from '../../../../server/pages/recipes/view-models.js'
import { RUBIN_SCOPES } from '../../../../server/settings/rubin.js'
import { settingsSchema } from '../../../../server/settings/schema.js'
import { ENGLISH } from '../../../../server/words/words.js'

export const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'
export const BEARER = `Bearer ${TOKEN}`
export const BASIC = `Basic ${Buffer.from(`x-oauth-basic:${TOKEN}`).toString('base64')}`

/** What a service got: its path, and the credential. */
export type Asked = readonly [path: string, credential: string | undefined]

/** Two services on this machine, of two hosts: the site of the recipes, and one that must not get the token. */
export interface RecipeSite {
  readonly url: string
  readonly otherUrl: string
  /** Requests with a credential that reached the site. */
  readonly asked: () => readonly Asked[]
  /** All that reached the other host. */
  readonly leaked: () => readonly Asked[]
  /** From then on the site sends all requests there. */
  readonly moveAway: () => void
  readonly clear: () => void
  /** The recipes of the site, as its page has them. */
  readonly recipe: (id: string, scopes?: readonly string[]) => ShownRecipe
  readonly stop: () => Promise<void>
}

const ROW = (url: string) => `<TR><TD>one</TD><TD>${url}</TD></TR>`

/** Rows as a TAP service has them, with the address of a file on another host. */
function votable(otherUrl: string): string {
  return `<?xml version="1.0"?>
<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">
<INFO name="QUERY_STATUS" value="OK"/><TABLE>
<FIELD name="table_name" datatype="char" arraysize="*"/>
<FIELD name="access_url" datatype="char" arraysize="*" ucd="meta.ref.url" utype="obscore:access.reference"/>
<DATA><TABLEDATA>${ROW(`${otherUrl}/file.fits`)}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`
}

export async function startRecipeSite(): Promise<RecipeSite> {
  const state = { moved: false, asked: [] as Asked[], leaked: [] as Asked[] }
  const other = await listen(({ url = '', headers }) => {
    state.leaked.push([url, headers.authorization ?? headers.cookie])
    return { status: 200, body: 'elsewhere\n' }
  })
  const otherUrl = `http://localhost:${portOf(other)}`
  const site = await listen(({ url = '', headers }) => {
    const credential = headers.authorization ?? headers.cookie
    const path = url.split('?')[0] ?? ''
    if (credential === undefined) return { status: 401, body: '' }
    state.asked.push([path, credential])
    if (state.moved) return { status: 302, body: '', location: `${otherUrl}${path}` }
    if (path === '/whoami') return { status: 200, body: JSON.stringify(ADA), type: 'application/json' }
    if (path.endsWith('/Download/file')) return { status: 200, body: 'here\n', type: 'image/fits', file: 'image.fits' }
    if (url.includes('FORMAT=csv')) return { status: 200, body: 'table_name\none\n', type: 'text/csv' }
    if (path === '/tap/sync') return { status: 200, body: votable(otherUrl), type: 'application/x-votable+xml' }
    return { status: 200, body: 'here\n' }
  })
  const url = `http://127.0.0.1:${portOf(site)}`
  const settings = settingsSchema.parse({
    baseUrl: url,
    knownScopes: { ...RUBIN_SCOPES, exclusive_access: 'Read data before they are public' },
    groupMapping: {},
    programs: { scope: 'exclusive_access' },
    site: { tapUrl: `${url}/tap` },
  })
  return {
    url,
    otherUrl,
    asked: () => state.asked,
    leaked: () => state.leaked,
    moveAway: () => {
      state.moved = true
    },
    clear: () => Object.assign(state, { moved: false, asked: [], leaked: [] }),
    recipe: (id, scopes = ['read:tap']) => {
      const found = shownRecipes(settings, ENGLISH, { token: TOKEN, scopes: scopes as Scope[] })
      const recipe = found.find((each) => each.id === id)
      if (!recipe) throw new Error(`There is no recipe ${id}`)
      return recipe
    },
    stop: async () => {
      await Promise.all([site, other].map((each) => new Promise((resolve) => each.close(resolve))))
    },
  }
}

/** As astroquery asks who its user is. */
const ADA = { anon: false, ezid: 'ada', eppn: 'ada@x', attrib: { display_name: 'Ada' }, scopes: [], session: null }

interface Reply {
  readonly status: number
  readonly body: string
  readonly type?: string
  readonly location?: string
  /** The name under which a client keeps it. */
  readonly file?: string
}

async function listen(reply: (request: IncomingMessage) => Reply): Promise<Server> {
  const server = createServer((request, response) => {
    const { status, body, type = 'text/plain', location, file } = reply(request)
    response.writeHead(status, {
      'Content-Type': type,
      ...(location && { Location: location }),
      ...(file && { 'Content-Disposition': `attachment; filename="${file}"` }),
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer realm="x", Basic realm="x"' }),
    })
    request.resume().on('end', () => response.end(request.method === 'HEAD' ? undefined : body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** The lines of a recipe on one kind of system, in their order. */
export function linesOf({ steps }: ShownRecipe, shell: Shell = 'unix'): readonly ShownLine[] {
  return steps.flatMap((step) =>
    'shells' in step ? (step.shells.find((each) => each.shell === shell)?.lines ?? []) : [step],
  )
}

/** What a recipe has to copy of a kind. */
export function codesOf(recipe: ShownRecipe, label: string, shell: Shell = 'unix'): readonly string[] {
  return linesOf(recipe, shell).flatMap((line) => ('code' in line && line.label === label ? [line.code] : []))
}

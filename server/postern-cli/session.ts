import { existsSync, lstatSync } from 'node:fs'
import path from 'node:path'
import { type Answer, isText, partOf, reasonOf } from './answer.js'
import { EXIT, Failure } from './failure.js'
import { accountOf, fileOf, markerOf, readPrivate, remove, siteFile, writePrivate } from './files.js'
import { clearKeyring, readKeyring, writeKeyring } from './keyring.js'
import { type Sending, send, siteOf } from './site.js'

const API = '/auth/api/v1'
const TOKEN = /^gt-([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{22}$/

/** Returns the key of a token; undefined for a text that is no token. */
export const keyOf = (token: string) => TOKEN.exec(token)?.[1]

/** A site and the token for it. */
export interface Session {
  readonly site: string
  readonly token: string
  readonly key: string
  /** The file that the token is in; none where it is in the keyring or the environment. */
  readonly file?: string
  /** Whether a sign-in stored it. */
  readonly isKept: boolean
}

interface Found {
  readonly token: string | undefined
  readonly file?: string
}

/** Finds the site (option, POSTERN_SITE, the last sign-in) and its token (the sign-in, or WLCG's bearer token discovery). */
export function sessionOf(named: string | undefined): Session {
  const site = namedSite(named)
  const session = keptSession(site) ?? toSession(site, discovered(), false)
  if (session) return session
  throw new Failure(EXIT.notSignedIn, `Not signed in; begin with: login ${site}`)
}

export function namedSite(named: string | undefined): string {
  const site = named || process.env.POSTERN_SITE || readPrivate(siteFile())
  if (site) return siteOf(site)
  throw new Failure(EXIT.notSignedIn, 'Not signed in; begin with: login https://data.example.org')
}

/** Finds the token of the sign-in: in the keyring where its login put it there, else in its file. */
export function keptSession(site: string): Session | undefined {
  if (existsSync(markerOf(site))) return toSession(site, { token: readKeyring(accountOf(site)) }, true)
  const file = fileOf(site)
  return toSession(site, { token: readPrivate(file), file }, true)
}

function toSession(site: string, { token, file }: Found, isKept: boolean): Session | undefined {
  if (!token) return undefined
  const key = keyOf(token)
  if (key !== undefined) return { site, token, key, isKept, ...(file !== undefined && { file }) }
  throw new Failure(EXIT.notSignedIn, `What is stored for ${site} is no token; sign in again: login ${site}`)
}

/** WLCG Bearer Token Discovery: BEARER_TOKEN, BEARER_TOKEN_FILE, bt_u<uid> in XDG_RUNTIME_DIR and in /tmp. */
function discovered(): Found {
  const { BEARER_TOKEN: token, BEARER_TOKEN_FILE: named, XDG_RUNTIME_DIR: runtime } = process.env
  if (token) return { token: token.trim() }
  if (named) return { token: readPrivate(named), file: named }
  const uid = process.getuid?.()
  // Attack: another user puts a token of theirs, or a link, into /tmp under this name, and the work is done with that.
  const file = [runtime, '/tmp']
    .flatMap((place) => (place ? [path.join(place, `bt_u${uid}`)] : []))
    .find((each) => uid !== undefined && ownerOf(each) === uid)
  return file === undefined ? { token: undefined } : { token: readPrivate(file), file }
}

/** Returns undefined for what is not there, or in a folder that is closed to this user, as after `su`. */
function ownerOf(file: string): number | undefined {
  try {
    return lstatSync(file).uid
  } catch {
    return undefined
  }
}

/** Stores the token of a sign-in, in one place alone. */
export function keep(site: string, token: string, inKeyring: boolean): void {
  if (inKeyring) {
    writeKeyring(accountOf(site), token)
    writePrivate(markerOf(site), '')
    remove(fileOf(site))
  } else {
    writePrivate(fileOf(site), token)
    forgetKeyring(site)
  }
}

export function discard(site: string): void {
  remove(fileOf(site))
  forgetKeyring(site)
}

function forgetKeyring(site: string): void {
  if (!existsSync(markerOf(site))) return
  remove(markerOf(site))
  clearKeyring(accountOf(site))
}

/** Calls the API with the token; throws what the site says against it. */
export async function call(session: Session, sending: Sending): Promise<Answer> {
  const { site, token } = session
  const answer = await send(site, { ...sending, path: `${API}${sending.path}`, token })
  if (answer.status === 401) {
    throw new Failure(EXIT.notSignedIn, `The token is not valid any more; sign in again: login ${site}`)
  }
  if (answer.status < 400) return answer
  throw new Failure(EXIT.refused, reasonOf(answer) || `${site} answered ${answer.status}`)
}

/** Returns the path of the tokens of the token's owner. */
export async function tokensOf(session: Session): Promise<string> {
  const username = partOf(await call(session, { method: 'GET', path: '/token-info' }), 'username', isText)
  return `/users/${encodeURIComponent(username)}/tokens`
}

import type { Response } from 'supertest'
import type { Visitor } from '../../support/clients/visitor.js'
import { SoftwareAuthenticator, type Wrong } from '../../support/peers/authenticator.js'
import type { RunningPostern } from '../../support/postern.js'

export const BASE_URL = 'http://localhost:8080'

export const newAuthenticator = () => new SoftwareAuthenticator({ origin: BASE_URL, rpId: 'localhost' })

/** A form of a page that asks for a passkey. */
export interface Asked {
  readonly action: string
  readonly options: string
  /** Its hidden fields. */
  readonly fields: Readonly<Record<string, string>>
}

const plain = (text: string) => text.replaceAll('&#34;', '"').replaceAll('&amp;', '&')

/** The form of a page that asks for a passkey; undefined where it has none. */
export function passkeyFormOf({ text }: Response): Asked | undefined {
  const [whole] = /<form [^>]*data-passkey[\s\S]*?<\/form>/.exec(text) ?? []
  if (whole === undefined) return undefined
  const [, action = ''] = /action="([^"]*)"/.exec(whole) ?? []
  const [, options = ''] = /data-options="([^"]*)"/.exec(whole) ?? []
  const inputs = [...whole.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  return {
    action,
    options: plain(options),
    fields: Object.fromEntries(inputs.map(([, name, value]) => [name, plain(value ?? '')])),
  }
}

export function formThatAsks(page: Response): Asked {
  const form = passkeyFormOf(page)
  if (!form) throw new Error(`No passkey is asked for: ${page.status}`)
  return form
}

/** Sends a form with the answer of an authenticator. */
export function answer(visitor: Visitor, asked: Asked, passkey: string, more: Record<string, string> = {}) {
  return visitor.post(asked.action, { ...asked.fields, passkey, ...more })
}

/** Adds a passkey to the account of a user who is signed in. */
export async function add(
  visitor: Visitor,
  authenticator = newAuthenticator(),
  wrong: Wrong = {},
): Promise<{ authenticator: SoftwareAuthenticator; response: Response; asked: Asked }> {
  const asked = formThatAsks(await visitor.get('/auth/passkeys/new'))
  const passkey = authenticator.create(asked.options, wrong)
  return { authenticator, asked, response: await answer(visitor, asked, passkey, { name: 'ring' }) }
}

/** What is stored of all passkeys. */
export async function stored({ context }: RunningPostern): Promise<unknown> {
  return context.postgres.prisma.passkey.findMany({ orderBy: { id: 'asc' } })
}

/** Lists mistakes in an answer that no ceremony admits. */
// biome-ignore format: a table reads in columns
export const WRONG_EVERYWHERE: readonly [string, Wrong][] = [
  ['at another origin',             { origin: 'http://localhost:8081' }],
  ['at a host below',               { origin: 'http://evil.localhost:8080' }],
  ['for another relying party',     { rpId: 'example.org' }],
  ['to another challenge',          { challenge: Buffer.from('a challenge of long ago').toString('base64url') }],
  ['without the user’s touch',      { isPresent: false }],
]

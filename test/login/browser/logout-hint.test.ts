import { randomBytes } from 'node:crypto'
import { expect, it } from '@jest/globals'
import type { Request, Response } from 'express'
import { Secret } from '../../../server/core/token/secret.js'
import { readLogoutHint, saveLogoutHint } from '../../../server/login/browser/logout-hint.js'
import { seal } from '../../../server/login/browser/sealed-cookie.js'
import { deriveKeys } from '../../../server/settings/keys.js'
import { settingsSchema } from '../../../server/settings/schema.js'

const settings = settingsSchema.parse({ baseUrl: 'https://data.example.org' })
const context = { settings, clock: () => 1_800_000_000, keys: deriveKeys([new Secret('x'.repeat(32))]) }
const NAME = '__Secure-postern-kept'
const carrying = (sealed: string) => ({ headers: { cookie: `${NAME}=${sealed}` } }) as Request

/** The sealed value that a browser would get. */
async function saved(token: string): Promise<string> {
  let value = ''
  const cookie = (name: string, sealed: string) => {
    expect(name).toBe(NAME)
    value = sealed
  }
  await saveLogoutHint(context, { cookie } as unknown as Response, { provider: 'museum', token })
  return value
}

it('comes back as it was saved', async () => {
  const hint = { provider: 'museum', token: 'an-id-token' }
  expect(await readLogoutHint(context, carrying(await saved(hint.token)))).toEqual(hint)
})

it('is saved without its token where browsers would drop the cookie for its length', async () => {
  const sealed = await saved(randomBytes(4000).toString('base64'))
  expect(sealed.length).toBeLessThan(4000)
  expect(await readLogoutHint(context, carrying(sealed))).toEqual({ provider: 'museum', token: '' })
})

it('is none in a cookie of another form', async () => {
  const sealed = await seal(context, 'kept', { provider: 'museum' }, 1000)
  expect(await readLogoutHint(context, carrying(sealed))).toBeUndefined()
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { INTERNAL } from '../../../server/core/token/history.js'
import { Secret } from '../../../server/core/token/secret.js'
import { removeClient } from '../../../server/openid/clients.js'
import { type ForeignClient, importForeignClient } from '../../../server/openid/imported/import-client.js'
import { findClient } from '../../../server/storage/postgres/openid/clients.js'
import type { RunningPostern } from '../../support/postern.js'
import { startProvider } from '../support/relying-party.js'

/** Of Python's `bcrypt`. */
const HASH = '$2b$06$K1WsdWU7R4QJyJO6sb1HjOuX.w462Yb4pEyuFrj6XmkikPu7RWxZC'
const SECRET = 'a secret of Gafaelfawr'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startProvider()
})
afterAll(() => postern.stop())

const chronograf: ForeignClient = {
  id: 'chronograf',
  returnUri: 'https://chronograf.example.org/oauth',
  secret: { bcrypt: HASH },
  description: 'Chronograf',
  notes: 'of the old site',
  created: 1_780_000_000,
}
const importOne = (client: ForeignClient, dryRun = false) =>
  importForeignClient(postern.context, client, { source: 'gafaelfawr', actor: INTERNAL, dryRun })
/** The error of a request with a code that does not exist: the client's secret is judged first. */
const errorFor = async (id: string, secret: string) => {
  const sent = { client_id: id, client_secret: secret, grant_type: 'authorization_code', code: 'x', redirect_uri: 'y' }
  const { body } = await request(postern.server).post('/auth/openid/token').type('form').send(sent)
  return body.error
}

describe('a client of Gafaelfawr', () => {
  it('is known by the secret of its bcrypt hash, and by no other', async () => {
    expect(await importOne(chronograf)).toBe('imported')
    for (let time = 0; time < 2; time++) {
      expect(await errorFor('chronograf', SECRET)).toBe('invalid_grant')
      expect(await errorFor('chronograf', `${SECRET}.`)).toBe('invalid_client')
      expect(await errorFor('chronograf', HASH)).toBe('invalid_client')
    }
    expect(await findClient(postern.context.postgres.prisma, 'chronograf')).toMatchObject({
      description: 'Chronograf',
      notes: 'of the old site',
      redirectUris: ['https://chronograf.example.org/oauth'],
      created: 1_780_000_000,
      isPublic: false,
      isOwnSite: true,
    })
  })

  it('is known by the secret of the older form', async () => {
    const secret = new Secret('in the clear')
    expect(await importOne({ id: 'idac', returnUri: 'https://idac.example.org/', secret })).toBe('imported')
    expect(await errorFor('idac', 'in the clear')).toBe('invalid_grant')
    expect(await errorFor('idac', SECRET)).toBe('invalid_client')
  })

  it('is imported once: one that was deleted here stays so', async () => {
    const client = { ...chronograf, id: 'gone' }
    expect(await importOne(client, true)).toBe('imported')
    expect(await findClient(postern.context.postgres.prisma, 'gone')).toBeUndefined()
    expect(await importOne(client)).toBe('imported')
    expect(await importOne(client)).toBe('known')
    await removeClient(postern.context, 'gone', INTERNAL)
    expect(await importOne(client)).toBe('known')
    expect(await findClient(postern.context.postgres.prisma, 'gone')).toBeUndefined()
  })

  it('is not taken with an address that no client may have, or another hash', async () => {
    expect(await importOne({ ...chronograf, id: 'plain', returnUri: 'http://example.org/' })).toBe('invalid')
    expect(await importOne({ ...chronograf, id: 'short', secret: { bcrypt: HASH.slice(1) } })).toBe('invalid')
    for (const id of ['plain', 'short']) expect(await errorFor(id, SECRET)).toBe('invalid_client')
  })
})

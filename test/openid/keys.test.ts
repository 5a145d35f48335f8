import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import request from 'supertest'
import { Refusal } from '../../server/core/access/refusal.js'
import { ANNOUNCED_FOR } from '../../server/core/openid/signing-schedule.js'
import { pruneKeys, type Rotation, rotateKey } from '../../server/openid/keys/rotate-key.js'
import { listSealedKeys } from '../../server/storage/postgres/openid/keys.js'
import { storedEvents } from '../storage/audit/support/events.js'
import { signedIn } from '../support/clients/visitor.js'
import { eventually } from '../support/eventually.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'
import { register, signInTo, startProvider } from './support/relying-party.js'

const pem = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const SECRET = 'the master secret of this site, of 32 characters or more'

async function kidsOf({ server }: RunningPostern): Promise<string[]> {
  const { body } = await request(server).get('/.well-known/jwks.json')
  return body.keys.map(({ kid }: { kid: string }) => kid)
}

/** The key that signs now, by an ID token that a client has verified with the published keys. */
async function signerOf(postern: RunningPostern): Promise<string | undefined> {
  const tokens = await signInTo(await register(postern), await signedIn(postern, 'ada'))
  return decodeProtectedHeader(tokens.id_token ?? '').kid
}

describe('the signing key', () => {
  it('is made once, and is the same after a restart and with a new master secret before the old one', async () => {
    const databaseUrl = await freshDatabase()
    const kids: string[][] = []
    for (const secret of [SECRET, SECRET, ['another one of 32 characters, in front', SECRET]]) {
      const postern = await startProvider({ databaseUrl, secret })
      kids.push(await kidsOf(postern))
      expect(await signerOf(postern)).toBe(kids[0]?.[0])
      await postern.stop()
    }
    expect(kids[0]).toHaveLength(1)
    expect(new Set(kids.flat()).size).toBe(1)
    const without = await startProvider({ databaseUrl, secret: 'a master secret that never sealed it' })
    expect(await kidsOf(without)).not.toEqual(kids[0])
    expect(without.logged()).toContain('Signing key cannot be unsealed')
    await without.stop()
  })

  it('is changed by way of two published keys, each of which keeps its name', async () => {
    const [old, next] = [pem(), pem()]
    const of = async (key: string) => {
      const postern = await startProvider({ settings: { oidcServer: { enabled: true, key } } })
      const found = { kids: await kidsOf(postern), signer: await signerOf(postern) }
      await postern.stop()
      return found
    }
    const before = await of(old)
    const announced = await of(`${old}\n${next}`)
    const after = await of(`${next}\n${old}`)
    expect(before.kids).toEqual([before.signer])
    expect(announced.kids).toContain(before.signer)
    expect(announced.signer).toBe(before.signer)
    // Clients have read it before it signs.
    expect(announced.kids).toContain(after.signer)
    expect(after.signer).not.toBe(before.signer)
    expect(after.kids).toContain(before.signer)
  })

  it('has the name that the settings give it', async () => {
    const postern = await startProvider({ settings: { oidcServer: { enabled: true, keyId: 'gafaelfawr' } } })
    expect(await signerOf(postern)).toBe('gafaelfawr')
    await postern.stop()
  })
})

const OPERATOR = { username: '<operator>' }

async function rotate(postern: RunningPostern, announce: Parameters<typeof rotateKey>[1]): Promise<Rotation> {
  const rotated = await rotateKey(postern.context, announce, OPERATOR)
  if (rotated instanceof Refusal) throw new Error(rotated.message)
  return rotated
}

describe('a rotation', () => {
  it('is followed by every process without a restart, and no client meets a key that it has not read', async () => {
    const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: SECRET }
    const first = await startProvider(stores)
    // Another process of the same site: it calls itself by the same address.
    const second = await startPostern({
      ...stores,
      baseUrl: first.url,
      settings: { oidcServer: { enabled: true } },
    })
    const both = [first, second]
    const advance = (seconds: number) => {
      for (const each of both) each.advance(seconds)
    }
    await first.account('ada')
    /** Has a client that reads the keys once sign a user in at both processes, and returns the key of each ID token. */
    const client = async (): Promise<() => Promise<(string | undefined)[]>> => {
      const parties = await Promise.all(
        both.map(async (each) => {
          const party = await register(first)
          oidc.enableNonRepudiationChecks(party.config)
          party.config[oidc.customFetch] = (asked, options) =>
            fetch(asked.replace(first.url, each.url), options as RequestInit)
          return { party, visitor: await signedIn(each, 'ada') }
        }),
      )
      return () =>
        Promise.all(
          parties.map(async ({ party, visitor }) => {
            const tokens = await signInTo(party, visitor)
            return decodeProtectedHeader(tokens.id_token ?? '').kid
          }),
        )
    }
    const earlier = await client()
    const [old = ''] = await earlier()
    expect(await earlier()).toEqual([old, old])
    const kept = await signInTo(await register(first), await signedIn(first, 'ada'))

    // Sign-ins that are under way while the key is rotated.
    const during = Promise.all(Array.from({ length: 4 }, earlier))
    const { kid, signsFrom, retires } = await rotate(first, ANNOUNCED_FOR)
    expect(await during).toEqual(Array(4).fill([old, old]))
    await eventually(async () => (await kidsOf(second)).includes(kid))
    for (const each of both) expect(await kidsOf(each)).toEqual([old, kid])

    // It has read the keys just now, and does not read them again.
    const meanwhile = await client()
    expect(await meanwhile()).toEqual([old, old])
    advance(signsFrom - first.now() - 30)
    expect(await meanwhile()).toEqual([old, old])
    advance(30)
    expect(await meanwhile()).toEqual([kid, kid])
    for (const each of both) expect(await kidsOf(each)).toEqual([kid, old])

    const { body } = await request(second.server).get('/.well-known/jwks.json')
    const { payload } = await jwtVerify(kept.id_token ?? '', createLocalJWKSet(body))
    expect(payload.exp).toBeLessThan(retires)
    advance(retires - first.now())
    for (const each of both) expect(await kidsOf(each)).toEqual([kid])
    expect(await listSealedKeys(first.context.postgres.prisma)).toHaveLength(2)
    await pruneKeys(first.context)
    expect(await listSealedKeys(first.context.postgres.prisma)).toHaveLength(1)
    expect(await (await client())()).toEqual([kid, kid])

    const recorded = (await storedEvents(first)).filter(({ event }) => event.action === 'oidc-key.rotate')
    expect(recorded).toMatchObject([
      { user: { name: '<operator>' }, postern: { object: { id: kid }, before: { kid: old }, after: { kid } } },
    ])
    for (const each of both) await each.stop()
  })

  it('of a key that is compromised withdraws it at once', async () => {
    const postern = await startProvider({ settings: { oidcServer: { enabled: true, keyId: 'gafaelfawr' } } })
    expect(await kidsOf(postern)).toEqual(['gafaelfawr'])
    const { kid } = await rotate(postern, 'compromised')
    expect(kid).not.toBe('gafaelfawr')
    expect(await kidsOf(postern)).toEqual([kid])
    expect(await signerOf(postern)).toBe(kid)
    await postern.stop()
  })

  it.each([
    ['where the settings have the keys', { key: pem() }, SECRET, 'signing_keys_given'],
    ['without the master secret of the server', {}, 'a master secret that never sealed it', 'signing_keys_sealed'],
  ])('is refused %s, and changes nothing', async (_where, more, secret, code) => {
    const databaseUrl = await freshDatabase()
    const site = await startProvider({ databaseUrl, secret: SECRET })
    const kids = await kidsOf(site)
    const settings = { oidcServer: { enabled: true, ...more } }
    const command = await startPostern({ databaseUrl, secret, settings })
    expect(await rotateKey(command.context, ANNOUNCED_FOR, OPERATOR)).toMatchObject({ code })
    expect((await listSealedKeys(site.context.postgres.prisma)).map(({ retires }) => retires)).toEqual([undefined])
    expect(await kidsOf(site)).toEqual(kids)
    await command.stop()
    await site.stop()
  })
})

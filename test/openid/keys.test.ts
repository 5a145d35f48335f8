import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { decodeProtectedHeader } from 'jose'
import request from 'supertest'
import { signedIn } from '../support/clients/visitor.js'
import type { RunningPostern } from '../support/postern.js'
import { freshDatabase } from '../support/stores/stores.js'
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

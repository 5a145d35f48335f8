import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import request from 'supertest'
import { findNameHolder } from '../../../../server/storage/postgres/identity/name-holder.js'
import { listSessions } from '../../../../server/storage/redis/sessions.js'
import { Visitor } from '../../../support/clients/visitor.js'
import { makeKeys } from '../../../support/peers/saml-stand-in.js'
import { type RunningPostern, startPostern } from '../../../support/postern.js'
import { PYTHON } from '../../../support/programs/system-packages.mjs'
import { wheelFolder } from '../../../support/programs/wheels.mjs'
import { runOrFail } from '../../../support/run/processes.js'
import { describeWith } from '../../../support/run/requires.js'
import { temporaryFolder } from '../../../support/run/unprivileged.js'
import { traces } from '../../../support/sign-in-refused.js'
import { SITE } from './support/site.js'

const PROVIDER = fileURLToPath(new URL('support/pysaml2_idp.py', import.meta.url))
const ENTITY = 'https://idp.example.org/pysaml2'

describeWith(
  ['pysaml2', 'xmlsec1', 'python'],
  'A user of pysaml2’s provider, which signs and encrypts with xmlsec1,',
  () => {
    const folder = temporaryFolder('pysaml2')
    let postern: RunningPostern

    /** Has the provider do a thing. */
    async function ask<Answer>(command: string, asked: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
      const env = { ...process.env, PYTHONPATH: wheelFolder('pysaml2') }
      return JSON.parse(await runOrFail([PYTHON, PROVIDER, folder, command], { env, input: JSON.stringify(asked) }))
    }
    const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
    const sessions = () => listSessions(postern.context, 'ada', postern.now())

    beforeAll(async () => {
      const [ours, theirs] = await Promise.all([makeKeys('site'), makeKeys('provider')])
      write('idp.pem', theirs.key)
      write('idp.crt', theirs.certificate)
      write('site.crt', ours.certificate)
      write('federation.xml', (await ask<{ metadata: string }>('describe')).metadata)
      const saml = {
        id: 'py',
        metadata: path.join(folder, 'federation.xml'),
        metadataCertificate: theirs.certificate,
        idpEntityId: ENTITY,
        certificate: ours.certificate,
        privateKey: ours.key,
        wantAssertionsEncrypted: true,
        usernameDomain: 'example.org',
        groupsAttribute: 'isMemberOf',
      }
      postern = await startPostern({ baseUrl: SITE, settings: { saml } })
      write('site.xml', (await request(postern.server).get('/login/py/metadata')).text)
    })
    afterAll(async () => {
      await postern?.stop()
      await rm(folder, { recursive: true, force: true })
    })

    it('is found in signed metadata, signs in with an encrypted name, and is signed out by SOAP', async () => {
      const visitor = new Visitor(postern)
      const { searchParams } = new URL(String((await visitor.get('/login/py')).headers.location))
      const { response } = await ask<{ response: string }>('answer', Object.fromEntries(searchParams))
      for (const each of ['EncryptedAssertion', 'aes128-gcm']) expect(response).toContain(each)
      expect(response).not.toContain('pysaml2-ada')
      const form = {
        SAMLResponse: Buffer.from(response).toString('base64'),
        RelayState: searchParams.get('RelayState'),
      }
      const taken = await request(postern.server).post('/login/py/callback').type('form').send(form)
      const { pathname, search } = new URL(String(taken.headers.location))
      expect((await visitor.get(`${pathname}${search}`)).headers.location).toBe(`${SITE}/auth/tokens`)
      const identity = { issuer: ENTITY, subject: 'pysaml2-ada' }
      expect(await findNameHolder(postern.context.postgres.prisma, 'ada')).toMatchObject({ identity })
      expect(await sessions()).toHaveLength(1)

      const destination = `${SITE}/login/py/logout`
      const { envelope, id } = await ask<{ envelope: string; id: string }>('end_session', { destination, sessions: [] })
      const send = (text: string) => request(postern.server).post('/login/py/logout').type('text/xml').send(text)
      const before = await traces(postern)
      expect((await send(envelope.replace('pysaml2-ada', 'pysaml2-eve'))).status).toBe(400)
      expect(await traces(postern)).toEqual(before)
      const ended = await send(envelope)
      expect([ended.status, await sessions()]).toEqual([200, []])
      const status = 'urn:oasis:names:tc:SAML:2.0:status:Success'
      expect(await ask('read_answer', { envelope: ended.text })).toEqual({ to: id, status })
    })
  },
)

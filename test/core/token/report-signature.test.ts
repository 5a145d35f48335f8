import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { isSignedBy, readReportKey } from '../../../server/core/token/report-signature.js'

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const BODY = Buffer.from('[{"token":"x"}]')
const SIGNATURE = sign('sha256', BODY, p256.privateKey).toString('base64')

describe('the key of a report', () => {
  it('is an ECDSA key of P-256', () => {
    expect(readReportKey(pem(p256.publicKey))?.asymmetricKeyType).toBe('ec')
  })

  it.each([
    ['of another curve', pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey)],
    ['of RSA', pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)],
    ['of Ed25519', pem(generateKeyPairSync('ed25519').publicKey)],
    ['that is cut short', pem(p256.publicKey).slice(0, 60)],
    ['that is none', ''],
  ])('%s does not count', (_what, text) => expect(readReportKey(text)).toBeUndefined())
})

describe('a report', () => {
  it('counts with the signature of the whole body', () => {
    expect(isSignedBy(p256.publicKey, BODY, SIGNATURE)).toBe(true)
  })

  it.each([
    ['its body differs by a space', Buffer.from('[{"token": "x"}]'), SIGNATURE],
    ['it is longer than what was signed', Buffer.concat([BODY, Buffer.from(' ')]), SIGNATURE],
    [
      'the signature is another’s',
      BODY,
      sign('sha256', BODY, generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey).toString('base64'),
    ],
    ['the signature is of another hash', BODY, sign('sha512', BODY, p256.privateKey).toString('base64')],
    ['the signature is no base64', BODY, '%%%'],
    ['there is no signature', BODY, ''],
  ])('does not count when %s', (_what, body, signature) => {
    expect(isSignedBy(p256.publicKey, body, signature)).toBe(false)
  })
})

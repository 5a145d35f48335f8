import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  FOREIGN_ALGORITHMS,
  foreignKey,
  foreignToken,
  hasForeignForm,
} from '../../../../server/core/token/foreign/foreign-token.js'
import { hashByRecipe, isSlow, recipeOf } from '../../../../server/core/token/foreign/jupyterhub.js'
import { digestOfBytes, homeOf, isTokenKey, secretMatches } from '../../../../server/core/token/token.js'

const OF_MAST = '56a9cf3d0b2e4c7d8f1a2b3c4d5e6f70'
const OURS = 'gt-NVulqbDMAQUPhQq3NXeqVg.5MbMYS_0mWcoKPWHoBchSA'
const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** What JupyterHub's hash_token makes, with one round and with those of a token that a user chose. */
const ONCE =
  'sha512:1:0123456789abcdef:901c74f0d61e9f373185ee1a118f6519308edc3e6234f5f63316bb81a3efe28fc0e5f01172648841938f34f920515632953fb647eca7e93a70f4b64585536596'
const OFTEN =
  'sha512:16384:0123456789abcdef:0db64f76e9a6c5e0eec2c7ea07e745320149830cfd31ec8d438d97c2e67ec4b2b0d802a91df2d7c7ba57e4f85bceda50c65926cb1dc582b5310318336bc4093c'
const OTHER = 'sha256:3:ab:f667c31b3f9f5dc036cd3860d61e6c4a26748b3467caaf1c12d6f3585a650453'

describe('a text that may be a token of another system', () => {
  it.each([
    ['a token of MAST', OF_MAST],
    ['base64 with its signs', 'c2VjcmV0IG9mIGEgc2Vydmljb+/='],
  ])('is %s', (_what, text) => {
    expect(hasForeignForm(text)).toBe(true)
  })

  it.each([
    ['ours', OURS],
    ['ours without its last character', OURS.slice(0, -1)],
    ['ours in quotation marks', `"${OURS}"`],
    ['meant to be ours', 'gt-and-so-many-more-letters'],
    ['too short', 'x-oauth-basic'],
    ['too long', 'x'.repeat(129)],
    ['a JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl'],
    ['a stored hash', ONCE],
    ['an e-mail address', 'ada.lovelace@example.org'],
    ['text with a space', 'correct horse battery staple'],
    ['of other letters', 'ünverständlichkeiten'],
  ])('is none that is %s', (_what, text) => {
    expect(hasForeignForm(text)).toBe(false)
  })
})

describe('the key of a token of another system', () => {
  it('has the form of ours, and is of the store of user tokens', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...FOREIGN_ALGORITHMS), (text, algorithm) => {
        const { key } = foreignToken(algorithm, text)
        expect([isTokenKey(key), homeOf(key)]).toEqual([true, 'postgres'])
      }),
    )
  })

  it('follows from its hash alone, so that every import and every process finds the same', () => {
    expect(foreignToken('sha256', OF_MAST).key).toBe(foreignKey('sha256', sha256(OF_MAST)))
    expect(foreignKey('sha256', sha256(OF_MAST))).toBe('Hkcvs7oZv2nNBeTp2515YQ')
  })

  it('is another one for another algorithm, so that a stolen hash is no token', () => {
    expect(foreignKey('jupyterhub', sha256(ONCE))).not.toBe(foreignKey('sha256', sha256(ONCE)))
  })

  it('has a secret whose hash is the imported one', () => {
    const { secret } = foreignToken('sha256', OF_MAST)
    expect(secretMatches(secret, digestOfBytes(sha256(OF_MAST)))).toBe(true)
  })
})

describe('a hash of JupyterHub', () => {
  it.each([
    ['a token that it made', ONCE, OF_MAST, false],
    ['a token that a user chose', OFTEN, 'a-token-chosen-by-its-user', true],
    ['another algorithm', OTHER, OF_MAST, true],
  ])('is made again from its recipe and %s', (_what, hashed, token, slow) => {
    const recipe = recipeOf(hashed) ?? ''
    expect(hashByRecipe(recipe, token)).toBe(hashed)
    expect(hashByRecipe(recipe, `${token}x`)).not.toBe(hashed)
    expect(isSlow(recipe)).toBe(slow)
  })

  it.each([
    ['is cut', ONCE.slice(0, -1)],
    ['has an unknown algorithm', ONCE.replace('sha512', 'md5')],
    ['has the length of another algorithm', ONCE.replace('sha512', 'sha256')],
    ['has no rounds', ONCE.replace(':1:', ':0:')],
    ['has more rounds than a check may take', ONCE.replace(':1:', ':100000:')],
    ['has no salt', ONCE.replace(':0123456789abcdef', '')],
    ['is a token', OF_MAST],
  ])('is none that %s', (_what, text) => {
    expect(recipeOf(text)).toBeUndefined()
  })
})

import { describe, expect, it } from '@jest/globals'
import { permissionSentence } from '../../../../server/pages/shared/format/scope-phrases.js'
import { ENGLISH } from '../../../../server/words/words.js'
import { plain } from '../../support/plain.js'

const CHRISTMAS = Date.UTC(2026, 11, 25) / 1000

describe('the sentence about what a token can do', () => {
  it('names the program, what it can do, and until when', () => {
    expect(plain(permissionSentence({ name: 'topcat-laptop', scopes: ['read:tap'], until: CHRISTMAS }, ENGLISH))).toBe(
      '*topcat-laptop* can query TAP until 25 December 2026.',
    )
  })

  it('joins several phrases with commas and "and"', () => {
    expect(
      plain(
        permissionSentence({ name: 't', scopes: ['read:image', 'read:tap', 'write:files'], until: 'never' }, ENGLISH),
      ),
    ).toBe('*t* can retrieve images, query TAP and write to your files until you revoke it.')
  })

  it('gives a scope that it has no words for by its name', () => {
    expect(plain(permissionSentence({ name: 't', scopes: ['write:sasquatch'], until: 'unchosen' }, ENGLISH))).toBe(
      '*t* can use `write:sasquatch` until the time you choose.',
    )
  })

  it('is not fooled by a scope that is called like something every object has', () => {
    expect(plain(permissionSentence({ name: 't', scopes: ['constructor'], until: 'never' }, ENGLISH))).toBe(
      '*t* can use `constructor` until you revoke it.',
    )
  })

  it('says what a token without scopes is good for', () => {
    expect(plain(permissionSentence({ name: 't', scopes: [], until: 'never' }, ENGLISH))).toBe(
      '*t* can only identify you until you revoke it.',
    )
  })

  it('speaks of a service, and not of its maker, where the token is a service’s', () => {
    const of = (scopes: readonly string[]) =>
      plain(permissionSentence({ name: 'bot-x', scopes, until: 'never', kind: 'service' }, ENGLISH))
    expect(of([])).toBe('*bot-x* can only identify itself until you revoke it.')
    expect(of(['user:token'])).toBe('*bot-x* can manage its own tokens until you revoke it.')
  })
})

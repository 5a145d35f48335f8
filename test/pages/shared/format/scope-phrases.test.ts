import { describe, expect, it } from '@jest/globals'
import { permissionSentence } from '../../../../server/pages/shared/format/scope-phrases.js'
import { plain } from '../../support/plain.js'

const CHRISTMAS = Date.UTC(2026, 11, 25) / 1000

describe('the sentence about what a token may do', () => {
  it('names the program, what it may do, and until when', () => {
    expect(plain(permissionSentence('topcat-laptop', ['read:tap'], CHRISTMAS))).toBe(
      '*topcat-laptop* may query TAP until 25 December 2026.',
    )
  })

  it('joins several phrases with commas and "and"', () => {
    expect(plain(permissionSentence('t', ['read:image', 'read:tap', 'write:files'], 'never'))).toBe(
      '*t* may retrieve images, query TAP and write to your files until you revoke it.',
    )
  })

  it('gives a scope that it has no words for by its name', () => {
    expect(plain(permissionSentence('t', ['write:sasquatch'], 'unchosen'))).toBe(
      '*t* may use `write:sasquatch` until the time you choose.',
    )
  })

  it('is not fooled by a scope that is called like something every object has', () => {
    expect(plain(permissionSentence('t', ['constructor'], 'never'))).toBe(
      '*t* may use `constructor` until you revoke it.',
    )
  })

  it('says what a token without scopes is good for', () => {
    expect(plain(permissionSentence('t', [], 'never'))).toBe(
      '*t* may prove who you are and nothing else until you revoke it.',
    )
  })
})

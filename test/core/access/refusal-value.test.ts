import { describe, expect, it } from '@jest/globals'
import { Refusal } from '../../../server/core/access/refusal.js'

describe('a refusal', () => {
  it('has status, sentence, remedy and RFC word of its code', () => {
    const { code, status, word, type, message, remedy } = new Refusal('user_not_allowed')
    expect({ code, status, word, type, message, remedy }).toEqual({
      code: 'user_not_allowed',
      status: 403,
      word: 'insufficient_scope',
      type: 'insufficient_scope',
      message: 'Access not allowed for this user',
      remedy: 'This is for another user. Ask the administrators of this site if that is wrong.',
    })
  })

  it('is typed by its code where the RFC has no word', () => {
    const refusal = new Refusal('grant_not_found')
    expect([refusal.word, refusal.type]).toEqual([undefined, 'grant_not_found'])
  })

  it('takes a more particular sentence, and the status that a location asks for', () => {
    const refusal = new Refusal('user_not_allowed', 'Not yours')
    expect(refusal.withStatus(undefined)).toBe(refusal)
    const hidden = refusal.withStatus(404)
    expect([hidden.status, hidden.message, hidden.code]).toEqual([404, 'Not yours', 'user_not_allowed'])
    expect(refusal.status).toBe(403)
  })
})

import { describe, expect, it } from '@jest/globals'
import { endOfApproved, latestPollBefore, readUserCode, showUserCode } from '../../../server/core/openid/device.js'

describe('a user code', () => {
  it.each(['BCDF-GHJK', 'bcdfghjk', ' bcdf – ghjk ', 'B C D F G H J K', 'BCDF_GHJK'])('is read from %j', (typed) => {
    const code = readUserCode(typed)
    expect(code).toBe('BCDFGHJK')
    expect(showUserCode(code ?? '')).toBe('BCDF-GHJK')
  })

  it.each([
    '',
    'BCDF-GHJ',
    'BCDF-GHJKL',
    'ACDF-GHJK',
    'BCDF-GHJ0',
    'BCDF/GHJK',
    'ＢＣＤＦＧＨＪＫ',
    'BCDFGHJK\0',
    ' '.repeat(1e6),
  ])('is not %j', (typed) => expect(readUserCode(typed)).toBeUndefined())
})

describe('times of a device', () => {
  it('leave one that was approved late two minutes to ask', () => {
    expect(endOfApproved(1000, 400)).toBe(1000)
    expect(endOfApproved(1000, 999)).toBe(1119)
  })

  it('allow a poll after four whole seconds, as five may begin and end within them', () => {
    expect(latestPollBefore(1004)).toBe(1000)
  })
})

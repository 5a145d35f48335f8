import { describe, expect, it } from '@jest/globals'
import { findPasswordProblem } from '../../../server/core/people/password-rule.js'

const isCommon = (lowerCase: string) => lowerCase === 'trustno1trustno1'
const problem = (password: string, administrator = false) =>
  findPasswordProblem(password, { username: 'ada-lovelace', administrator }, isCommon)

describe('a new password', () => {
  it('has 8 to 1024 characters, and no rules of composition', () => {
    expect(problem('1234567')).toBe('A password has 8 to 1024 characters')
    expect(problem('x'.repeat(1025))).toBe('A password has 8 to 1024 characters')
    expect(problem('12345678')).toBeUndefined()
    expect(problem('x'.repeat(1024))).toBeUndefined()
  })

  it('has at least 12 for an administrator', () => {
    expect(problem('12345678901', true)).toBe('An administrator’s password has 12 to 1024 characters')
    expect(problem('123456789012', true)).toBeUndefined()
  })

  it.each(['trustno1trustno1', 'TrustNo1TrustNo1'])('is not a common one in any case: %s', (password) => {
    expect(problem(password)).toMatch(/among the first that attackers try/)
  })

  it.each(['ada-lovelace', 'Ada-Lovelace'])('is not the user name: %s', (password) => {
    expect(problem(password)).toBe('A password is not the user name')
  })
})

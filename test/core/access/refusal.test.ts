import { describe, expect, it } from '@jest/globals'
import { REFUSALS, Refusal, type RefusalCode } from '../../../server/core/access/refusal.js'

describe('every refusal', () => {
  it.each(Object.entries(REFUSALS))('%s has an HTTP error status, a sentence and a remedy', (code, meaning) => {
    expect(code).toMatch(/^[a-z_]+$/)
    expect(meaning.status).toBeGreaterThanOrEqual(400)
    expect(meaning.status).toBeLessThan(600)
    expect(meaning.sentence).toMatch(/^[A-Z].*[^.]$/)
    expect(meaning.remedy).toMatch(/^[A-Z].*\.$/)
    expect(new Refusal(code as RefusalCode)).toMatchObject({ code, message: meaning.sentence, status: meaning.status })
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { errorsPage } from './errors-page.js'

describe('the page of error codes', () => {
  it('is what `npm run docs` makes from the table of refusals', () => {
    expect(readFileSync('deploy/docs/errors.md', 'utf8')).toBe(errorsPage())
  })
})

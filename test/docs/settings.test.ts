import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { settingsPage } from './settings-page.js'

describe('the page of settings', () => {
  it('is what `npm run docs` makes from the schema', () => {
    expect(readFileSync('deploy/docs/settings.md', 'utf8')).toBe(settingsPage())
  })

  it('describes every setting and every field of its sections', () => {
    const undescribed = settingsPage()
      .split('\n')
      .filter((line) => /\|\s+\|$/.test(line))
    expect(undescribed).toEqual([])
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { BLOCK_NAMES, performancePage } from './performance-page.js'

const page = readFileSync('deploy/docs/performance.md', 'utf8')

describe('the page of measurements', () => {
  it('has the figures of the published results, and of no others', () => {
    expect(page).toBe(performancePage())
  })

  it('has every block of figures once', () => {
    const blocks = [...page.matchAll(/<!-- made: (\w+) -->/g)].map(([, name]) => name)
    expect(blocks).toEqual(BLOCK_NAMES)
  })

  it('quotes no measured figure outside the blocks', () => {
    const prose = page.replace(/<!-- made[\s\S]*?<!-- end -->/g, '')
    // Thousands and decimals are measurements; the bounds of the settings and of the targets are whole and small.
    expect(prose.match(/\d+[.,]\d+/g) ?? []).toEqual([])
  })
})

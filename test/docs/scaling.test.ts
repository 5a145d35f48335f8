import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { scalingPage } from './scaling-page.js'

describe('the page of sizes', () => {
  const page = readFileSync('deploy/docs/scale/scaling.md', 'utf8')

  it('has the figures of the simulation of the published results, and of no others', () => {
    expect(page).toBe(scalingPage())
  })

  it('quotes no measured figure outside the blocks', () => {
    const prose = page.replace(/<!-- made[\s\S]*?<!-- end -->/g, '').replace(/```[\s\S]*?```/g, '')
    expect(prose.match(/\d+[.,]\d+/g) ?? []).toEqual([])
  })
})

import { expect, it } from '@jest/globals'
import { MAX_REQUIREMENTS, requirementCache } from '../../server/ingress/requirement-cache.js'

it('the requirement of a busy location stays cached while more invented query strings come than the cache holds', () => {
  const requirementOf = requirementCache()
  const busy = requirementOf('scope=read:tap')
  for (let at = 0; at < 2 * MAX_REQUIREMENTS; at++) {
    requirementOf(`scope=read:tap&service=s${at}`)
    expect(requirementOf('scope=read:tap')).toBe(busy)
  }
})

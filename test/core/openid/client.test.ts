import { describe, expect, it } from '@jest/globals'
import { accessTokenSeconds, dataRights, missingRight } from '../../../server/core/openid/client.js'
import type { Scope } from '../../../server/core/token/scope.js'

describe('a client', () => {
  const tap = 'read:tap' as Scope
  const open = { requiredGroups: [] }

  it('is for every user unless it says otherwise', () => {
    expect(missingRight(open, { scopes: [] })).toBeUndefined()
  })

  it('names the scope that a user lacks', () => {
    const client = { ...open, requiredScope: tap }
    expect(missingRight(client, { scopes: [] })).toEqual({ is: 'scope', scope: tap })
    expect(missingRight(client, { scopes: [tap] })).toBeUndefined()
  })

  it('takes members of one of its groups, and names them to others', () => {
    const client = { requiredGroups: ['ops', 'admins'] }
    expect(missingRight(client, { scopes: [], groups: ['admins'] })).toBeUndefined()
    expect(missingRight(client, { scopes: [], groups: ['users'] })).toEqual({ is: 'groups', groups: ['ops', 'admins'] })
    expect(missingRight({ requiredGroups: ['ops'] }, { scopes: [] })).toEqual({ is: 'groups', groups: ['ops'] })
  })

  it('wants both, where it asks for both', () => {
    const client = { requiredScope: tap, requiredGroups: ['ops'] }
    expect(missingRight(client, { scopes: [tap], groups: [] })).toEqual({ is: 'groups', groups: ['ops'] })
    expect(missingRight(client, { scopes: [], groups: ['ops'] })).toEqual({ is: 'scope', scope: tap })
  })
})

describe('an access token', () => {
  it('is valid as long as the session; with a refresh token beside it, for an hour at most', () => {
    expect(accessTokenSeconds(['openid'], 100_000)).toBe(100_000)
    expect(accessTokenSeconds(['openid', 'offline_access'], 100_000)).toBe(3600)
    expect(accessTokenSeconds(['openid', 'offline_access'], 60)).toBe(60)
  })
})

describe('data rights', () => {
  it('are the releases of all groups, each once, sorted', () => {
    const mapping = { a: ['dp1', 'dp0.2'], b: ['dp0.2', 'dp0.1'] }
    expect(dataRights(['b', 'a', 'c'], mapping)).toBe('dp0.1 dp0.2 dp1')
    expect(dataRights(['c'], mapping)).toBeUndefined()
    expect(dataRights(['constructor', '__proto__'], mapping)).toBeUndefined()
  })
})

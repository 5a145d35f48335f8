import { describe, expect, it } from '@jest/globals'
import { type Location, locationsFor, prefixesOf, prefixesToLearn } from '../../../server/core/explain/location.js'

const SITE = 'https://data.example.org'
const learned = (prefix: string, query: string): Location => ({ prefix, query, source: 'learned' })
const declared = (prefix: string, query: string): Location => ({ prefix, query, source: 'declared', name: 'tap' })

describe('the prefixes of an address', () => {
  it('are its path with one segment less each time, down to the host', () => {
    expect(prefixesOf(`${SITE}/api/tap/sync?QUERY=1`)).toEqual([
      'data.example.org/api/tap/sync',
      'data.example.org/api/tap',
      'data.example.org/api',
      'data.example.org',
    ])
  })

  it('are the same for every spelling of one path', () => {
    const same = [`${SITE}/api/tap/`, `${SITE}/api/%74ap`, 'https://DATA.example.org:443/api/tap']
    expect(same.map((each) => prefixesOf(each)[0])).toEqual(same.map(() => 'data.example.org/api/tap'))
  })

  it.each([`${SITE}/api/..%2fportal`, `${SITE}/api//tap`, `${SITE}/a/..;/b`, `${SITE}/a/../b`, 'no address', ''])(
    'are none for %s, of which two programs read two paths',
    (url) => {
      expect(prefixesOf(url)).toEqual([])
      expect(prefixesToLearn(url)).toEqual([])
    },
  )

  it('teach no more than three segments, and nothing about the whole host', () => {
    expect(prefixesToLearn(`${SITE}/data/hst/m31/secret-plans.fits`)).toEqual([
      'data.example.org/data/hst/m31',
      'data.example.org/data/hst',
      'data.example.org/data',
    ])
  })

  it('of many segments teach the first three', () => {
    expect(prefixesToLearn(`${SITE}/a/b/c/d/e`)).toEqual(
      ['a/b/c', 'a/b', 'a'].map((each) => `data.example.org/${each}`),
    )
  })

  it('teach no name of a file', () => {
    expect(prefixesToLearn(`${SITE}/api/v0.1/plans.fits`)).toEqual([
      'data.example.org/api/v0.1',
      'data.example.org/api',
    ])
  })

  it('teach the root from a request of the root alone', () => {
    expect(prefixesToLearn(`${SITE}/`)).toEqual(['data.example.org'])
  })
})

describe('the location of an address', () => {
  it('is that of the longest prefix', () => {
    const known = [learned('data.example.org/api', 'scope=a'), learned('data.example.org/api/tap', 'scope=b')]
    expect(locationsFor(`${SITE}/api/tap/sync`, known).map(({ query }) => query)).toEqual(['scope=b'])
    expect(locationsFor(`${SITE}/api/other`, known).map(({ query }) => query)).toEqual(['scope=a'])
  })

  it('is the first of those that are declared for one prefix', () => {
    const twice = ['scope=a', 'scope=b'].map((query) => declared('data.example.org/api/tap', query))
    expect(locationsFor(`${SITE}/api/tap`, twice).map(({ query }) => query)).toEqual(['scope=a'])
  })

  it('ends at a slash: /api/tapestry is none of /api/tap', () => {
    expect(locationsFor(`${SITE}/api/tapestry`, [declared('data.example.org/api/tap', 'scope=b')])).toEqual([])
  })

  it('is none on another host, and none for another port', () => {
    const known = [declared('data.example.org/api/tap', 'scope=b')]
    for (const url of ['https://evil.org/api/tap', `${SITE}:8443/api/tap`]) expect(locationsFor(url, known)).toEqual([])
  })

  it('is the declared one where a proxy asks the same prefix', () => {
    const known = [learned('data.example.org/api', 'scope=old'), declared('data.example.org/api', 'scope=new')]
    expect(locationsFor(`${SITE}/api`, known)).toEqual([known[1]])
  })

  it('is a longer learned one rather than a shorter declared one: the proxy knows better', () => {
    const known = [learned('data.example.org/api/tap', 'scope=tap'), declared('data.example.org/api', 'scope=api')]
    expect(locationsFor(`${SITE}/api/tap`, known)).toEqual([known[0]])
  })

  it('is any of several, where the proxy decides by more than the path; five at most', () => {
    const known = Array.from({ length: 7 }, (_, at) => learned('data.example.org/dav', `scope=${at}`))
    expect(locationsFor(`${SITE}/dav/file`, known)).toEqual(known.slice(0, 5))
  })
})

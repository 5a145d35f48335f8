import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CHAIN_START, canonicalJson, checkLinks, linkHash, type StoredLink } from '../../../server/core/audit/chain.js'

const START = { position: 0, hash: CHAIN_START }

function chainOf(events: readonly unknown[]): StoredLink[] {
  let { hash, position } = START
  return events.map((each) => {
    const event = canonicalJson(each)
    position += 1
    hash = linkHash(hash, position, event)
    return { position, hash, event }
  })
}

describe('canonical JSON', () => {
  it('is the same text for equal values, however their names are ordered', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: 'x' })).toBe(canonicalJson({ a: 'x', b: [{ c: 2, d: 1 }] }))
  })

  it('has names in order and no white space (RFC 8785 §3.2)', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x y' }], a: true, B: undefined })).toBe(
      '{"a":true,"b":[1,{"c":"x y","d":null}]}',
    )
  })

  it('has the names in order at every depth, also of those that are in a list', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const orders: (readonly string[])[] = []
        JSON.parse(canonicalJson(value), (_name, each: unknown) => {
          if (typeof each === 'object' && each !== null && !Array.isArray(each)) orders.push(Object.keys(each))
          return each
        })
        const isNumber = (name: string) => /^(?:0|[1-9]\d{0,9})$/.test(name)
        // Names that are numbers come first, in their order, in every object of JavaScript.
        for (const names of orders.map((all) => all.filter((name) => !isNumber(name))))
          expect(names).toEqual([...names].sort())
      }),
    )
  })

  it('writes a time as JSON does', () => {
    expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
  })

  it('keeps every value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value))
      }),
    )
  })
})

describe('the hash chain', () => {
  const links = chainOf([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }])

  it('is whole as it was made', () => {
    expect(checkLinks(START, links)).toEqual({ position: 4, hash: links[3]?.hash })
  })

  it('names the event that was edited', () => {
    const edited = links.map((each) => (each.position === 2 ? { ...each, event: canonicalJson({ n: 7 }) } : each))
    expect(checkLinks(START, edited)).toEqual({ position: 2, fault: 'changed' })
  })

  it('names the next event when the hash of the edited one was made to fit', () => {
    const event = canonicalJson({ n: 7 })
    const edited = links.map((each) =>
      each.position === 2 ? { ...each, event, hash: linkHash(links[0]?.hash ?? '', 2, event) } : each,
    )
    expect(checkLinks(START, edited)).toEqual({ position: 3, fault: 'changed' })
  })

  it('names the event that was deleted', () => {
    expect(
      checkLinks(
        START,
        links.filter(({ position }) => position !== 3),
      ),
    ).toEqual({ position: 3, fault: 'missing' })
  })

  it('names the first of two events that were exchanged', () => {
    const [one, two, three, four] = links.map(({ event }) => event)
    const exchanged = links.map((each, index) => ({ ...each, event: [one, three, two, four][index] ?? '' }))
    expect(checkLinks(START, exchanged)).toEqual({ position: 2, fault: 'changed' })
  })
})

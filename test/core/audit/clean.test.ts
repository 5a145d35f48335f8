import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson } from '../../../server/core/audit/chain.js'
import { cleanFacts, type ExportedEvent, writeFacts } from '../../../server/core/audit/clean.js'
import { redactUrl } from '../../../server/core/redact.js'

const TOKEN = `gt-${'k'.repeat(22)}.${'s'.repeat(22)}`

/** The rule, by copies: cleaned, then put in order, then written. */
function byCopies(value: unknown): unknown {
  if (typeof value === 'string') return redactUrl(value).slice(0, 1_000)
  if (Array.isArray(value)) return value.slice(0, 200).map((each: unknown) => byCopies(each) ?? null)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .slice(0, 200)
    .map(([name, each]) => [redactUrl(name).slice(0, 1_000), byCopies(each)] as const)
    .filter(([, each]) => each !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const name = fc.oneof(
  fc.constantFrom(
    '@timestamp',
    'event',
    'after',
    'b.c',
    '7',
    '10',
    '__proto__',
    'ä',
    '',
    TOKEN,
    `${TOKEN}x`,
    'token=abcdefgh',
  ),
  fc.string(),
)
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(TOKEN, `/a?token=abcdefgh&b=${TOKEN}`, 'x'.repeat(2_000), '%67t-'),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
)
const { facts } = fc.letrec((tie) => ({
  facts: fc.dictionary(name, tie('value'), { maxKeys: 8 }),
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value'), { maxLength: 5 }), tie('facts')),
}))

describe('the facts of an event', () => {
  it('are written as their cleaned copy would be, whatever their names are', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const all = given as ExportedEvent
        expect(writeFacts(all)).toBe(canonicalJson(byCopies(all) ?? {}))
      }),
    )
  })

  it('are the same written again, so that a reader can check the chain', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const cleaned = cleanFacts(given as ExportedEvent)
        expect(canonicalJson(cleaned)).toBe(writeFacts(given as ExportedEvent))
      }),
    )
  })

  it('are bounded where a client chooses how many there are', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`n${n}`, n]))
    expect(Object.keys(JSON.parse(writeFacts({ many })).many)).toHaveLength(200)
    expect(JSON.parse(writeFacts({ list: Object.keys(many) })).list).toHaveLength(200)
  })

  it('have the names in order however they are given, and the same text with names that were never met', () => {
    expect(writeFacts({ b: 1, a: { d: 'x', c: 'y' } })).toBe('{"a":{"c":"y","d":"x"},"b":1}')
    const unmet = Object.fromEntries(Array.from({ length: 190 }, (_, n) => [`name${n}x`, n]))
    for (let turn = 0; turn < 4; turn++) {
      const all = Object.fromEntries(Object.entries(unmet).map(([each, n]) => [`${each}${turn}`, n]))
      expect(writeFacts(all)).toBe(canonicalJson(all))
    }
  })
})

import { describe, expect, it } from '@jest/globals'
import { parseInstant } from '../../server/core/parse-instant.js'

const NOON = 1_798_718_400

describe('an instant', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    [NOON,                             NOON],
    [NOON + 0.9,                       NOON],
    [-1.5,                             -2],
    [0,                                0],
    [20_000_000_000,                   20_000_000_000],
    [-20_000_000_000,                  -20_000_000_000],
    [20_000_000_001,                   20_000_000],
    [-20_000_000_001,                  -20_000_001],
    [`${NOON}`,                        NOON],
    [`+${NOON}`,                       NOON],
    ['-1',                             -1],
    [`${NOON}.75`,                     NOON],
    [`${NOON}.`,                       NOON],
    ['2026-12-31',                     NOON - 43_200],
    ['2024-02-29',                     1_709_164_800],
    ['2026-12-31T12:00',               NOON],
    ['2026-12-31 12:00:00',            NOON],
    ['2026-12-31T12:00:00Z',           NOON],
    ['2026-12-31t12:00:00z',           NOON],
    ['2026-12-31T12:00:00.999Z',       NOON],
    ['2026-12-31T12:00:00,5Z',         NOON],
    ['2026-12-31T13:00:00+01:00',      NOON],
    ['2026-12-31T13:00:00+0100',       NOON],
    ['2026-12-31T07:00:00-05:00',      NOON],
  ])('%j is %j seconds since 1970', (given, expected) => {
    expect(parseInstant(given)).toBe(expected)
  })

  it.each([
    undefined,
    null,
    true,
    {},
    [],
    [NOON],
    ['2026-12-31'],
    '',
    ' ',
    'soon',
    '1e3',
    '0x10',
    '1.2.3',
    '+',
    '2026-12',
    '2026-13-01',
    '2026-02-29',
    '2026-04-31',
    '2026-12-32',
    '2100-02-29T12:00Z',
    '26-12-31',
    'x2026-12-31',
    '2026-12-31x',
    '2026-12-31Z',
    '2026-12-31T',
    '2026-12-31T12',
    '2026-12-31T25:00',
    '2026-12-31T12:00:00.Z',
    '2026-12-31T12:00:00+1',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    ` ${NOON}`,
    `${NOON} `,
  ])('%j is none', (given) => {
    expect(parseInstant(given)).toBeUndefined()
  })
})

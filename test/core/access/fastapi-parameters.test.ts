import { describe, expect, it } from '@jest/globals'
import { type ParameterError, QueryParameters } from '../../../server/core/access/fastapi-parameters.js'

function read(query: string) {
  const errors: ParameterError[] = []
  return { parameters: new QueryParameters(new URLSearchParams(query), errors), errors }
}

describe('an error of a parameter', () => {
  it('names the choices, in words and for programs, and the value that was given', () => {
    const { parameters, errors } = read('satisfy=most')
    expect(parameters.oneOf('satisfy', ['all', 'any'])).toBe('all')
    const expected = "'all' or 'any'"
    expect(errors).toStrictEqual([
      {
        type: 'enum',
        loc: ['query', 'satisfy'],
        msg: `Input should be ${expected}`,
        input: 'most',
        ctx: { expected },
      },
    ])
  })

  it('has no context where there are no choices', () => {
    const { parameters, errors } = read('notebook=Maybe')
    expect(parameters.flag('notebook', true)).toBe(false)
    expect(errors).toStrictEqual([
      {
        type: 'bool_parsing',
        loc: ['query', 'notebook'],
        msg: 'Input should be a valid boolean, unable to interpret input',
        input: 'Maybe',
      },
    ])
  })

  it('reports the last of several values, which is the one that counts', () => {
    const { parameters, errors } = read('notebook=true&notebook=maybe&notebook=never')
    parameters.flag('notebook', false)
    expect(errors.map(({ input }) => input)).toEqual(['never'])
  })
})

describe('a number of seconds', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['300',     300],
    ['+300',    300],
    ['300.',    300],
    ['300.25',  300.25],
    ['.25',     0.25],
    [' 300 ',   300],
  ])('%j is read as %d', (given, expected) => {
    const { parameters, errors } = read(new URLSearchParams({ least: given }).toString())
    expect(parameters.seconds('least', 0, 'nothing')).toBe(expected)
    expect(errors).toEqual([])
  })

  it.each(['', '.', '.x', '1.x', '1e3', '0x10', '3 00', 'Infinity'])('%j is none, and is reported', (given) => {
    const { parameters, errors } = read(new URLSearchParams({ least: given }).toString())
    expect(parameters.seconds('least', 0, 'nothing')).toBeUndefined()
    expect(errors).toMatchObject([{ type: 'time_delta_parsing', input: given }])
  })
})

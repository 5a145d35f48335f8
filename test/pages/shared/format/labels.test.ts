import { expect, it } from '@jest/globals'
import { alsoEnding } from '../../../../server/pages/shared/format/labels.js'
import { ENGLISH } from '../../../../server/words/words.js'

it('the tokens that end with a token are counted by kind', () => {
  const tap = { type: 'internal', service: 'tap' } as const
  const notebook = { type: 'notebook' } as const
  expect(alsoEnding([], ENGLISH)).toEqual([])
  expect(alsoEnding([{ type: 'internal' }, { type: 'internal' }], ENGLISH)).toEqual(['2 tokens for a program'])
  expect(alsoEnding([notebook, tap], ENGLISH)).toEqual(['1 notebook token', '1 token for tap'])
  expect(alsoEnding([notebook, tap, notebook, tap], ENGLISH)).toEqual(['2 notebook tokens', '2 tokens for tap'])
})

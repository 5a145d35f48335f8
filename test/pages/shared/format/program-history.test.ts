import { expect, it } from '@jest/globals'
import type { ProgramChange } from '../../../../server/core/programs/history.js'
import { programSentence } from '../../../../server/pages/shared/format/program-history.js'
import { ENGLISH } from '../../../../server/words/words.js'
import { plain } from '../../support/plain.js'

const END = Date.UTC(2027, 0, 1) / 1000

// biome-ignore format: a table reads in columns
it.each([
  [{ action: 'grant', email: 'e@x.org' },                                                       'You gave *e@x.org* access.'],
  [{ action: 'remove', email: 'e@x.org', actor: 'grace' },                                      'grace removed the access of *e@x.org*.'],
  [{ action: 'delete', actor: '<operator>' },                                                   'An operator removed the program.'],
  [{ action: 'create', actor: 'archive', now: { public: true, periodEnd: END } },               'archive added the program (public data).'],
  [{ action: 'create', actor: 'archive', now: { public: false, periodEnd: null } },             'archive added the program (data not public).'],
  [{ action: 'create', actor: 'archive', now: { public: false, periodEnd: END } },              'archive added the program (public from 1 Jan 2027, 00:00 UTC).'],
  [{ action: 'edit', now: { periodEnd: null, title: 'B' }, old: { periodEnd: END, title: '' } }, 'You changed its title to *B*. You moved the end of its period from 1 Jan 2027, 00:00 UTC to no date.'],
  [{ action: 'edit', now: { public: true }, old: { public: false } },                           'You made its data public.'],
  [{ action: 'edit', now: { public: false }, old: { public: true } },                           'You made its data not public.'],
  [{ action: 'edit', now: { investigators: [{ kind: 'username', name: 'x', role: 'pi' }] } },   'You changed its investigators: now 1 investigator.'],
] as const)('%j', (change, told) => {
  const whole: ProgramChange = { program: 'GO-1', actor: 'ada', at: 0, ...change }
  expect(plain(programSentence(whole, 'ada', ENGLISH))).toBe(told)
})

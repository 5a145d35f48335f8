import { describe, expect, it } from '@jest/globals'
import { accountObject, channelOf } from '../../../server/core/audit/event.js'

describe('where an act came in', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['as the request says',                   { username: 'ada', via: 'page' },          'page'],
    ['as the request says, whoever acts',     { username: '<operator>', via: 'api' },    'api'],
    ['the command line, for the operator',    { username: '<operator>' },                'command'],
    ['a job, for Postern itself',             { username: '<internal>' },                'job'],
    ['not known for a user otherwise',        { username: 'ada' },                       undefined],
    ['not known for an unknown caller',       {},                                        undefined],
  ] as const)('is %s', (_what, actor, channel) => expect(channelOf(actor)).toBe(channel))
})

it('an account belongs to the user whose it is', () => {
  expect(accountObject('ada')).toEqual({ type: 'account', id: 'ada', owner: 'ada' })
})

import { describe, expect, it } from '@jest/globals'
import { MOST_NOTICES, type Notice, type NoticeFacts } from '../../../server/core/notices/notice.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { noticeLetter } from '../../../server/tokens/notices/letter.js'
import { noticeOrigin, noticeSentence } from '../../../server/tokens/notices/sentence.js'
import { DEFAULT_READER } from '../../../server/words/reader.js'
import { ENGLISH, wordsFor } from '../../../server/words/words.js'

const KEY = '5KVApqcVbSQWtO3VIRgOhQ' as TokenKey
const AT = Date.UTC(2026, 10, 26, 6, 40) / 1000
const READER = {
  name: 'Ada Lovelace',
  site: { name: 'Example' },
  baseUrl: new URL('https://data.example.org'),
  words: ENGLISH,
}

const notice = (over: Partial<Notice>, facts: Partial<NoticeFacts> = {}): Notice => ({
  username: 'ada',
  kind: 'tokenUsed',
  at: AT,
  token: KEY,
  facts: { type: 'user', name: 'topcat', ...facts },
  ...over,
})

describe('the letter of a notice', () => {
  it('leads to the pages below the path of the base URL', () => {
    const { text } = noticeLetter({ ...READER, baseUrl: new URL('https://example.org/postern/') }, [notice({})])
    expect(text.match(/https:.*/g)).toEqual(
      ['', `/${KEY}`].reverse().map((end) => `https://example.org/postern/auth/tokens${end}`),
    )
  })

  it('says what happened, from where and when, what to do, and where', () => {
    const { subject, text } = noticeLetter(READER, [
      notice({}, { news: ['network'], address: '192.0.2.7', client: 'curl/8.5' }),
    ])
    expect(subject).toBe('The token topcat was used from a new network (Example)')
    expect(text).toBe(
      [
        'Hello Ada Lovelace,',
        '',
        'This happened in your account at Example:',
        '',
        '  The token topcat was used from a new network.',
        '  From 192.0.2.7 · With curl',
        '  26 Nov 2026, 06:40 UTC',
        '  https://data.example.org/auth/tokens/5KVApqcVbSQWtO3VIRgOhQ',
        '',
        'If all of it was you, there is nothing to do. If one of these was not you, revoke the token, or log out the session and',
        'change your password. Your tokens, sessions and notices are on this page:',
        '  https://data.example.org/auth/tokens',
        '',
      ].join('\n'),
    )
  })

  it('gives the reason of a revocation in one line', () => {
    const { text } = noticeLetter(READER, [
      notice({ kind: 'tokenRevoked' }, { by: 'administrator', reason: 'A paper.\n\nRegards' }),
    ])
    expect(text).toContain('  The token topcat was revoked by an administrator.\n  Reason: A paper. Regards\n')
  })

  it('gathers many, the newest first, and counts those beyond the bound', () => {
    const many = Array.from({ length: MOST_NOTICES + 2 }, (_, index) =>
      notice({ kind: 'tokenCreated' }, { name: `no ${index}.` }),
    )
    const { subject, text } = noticeLetter(READER, many)
    expect(subject).toBe(`${many.length} notices about your account (Example)`)
    expect(text.match(/was created/g)).toHaveLength(MOST_NOTICES)
    expect(text.indexOf('no 0.')).toBeLessThan(text.indexOf('no 1.'))
    expect(text).toContain('  and 2 more, before these.')
    expect(noticeLetter(READER, many.slice(2)).text).not.toContain('more, before these')
  })

  it('about data says who gave access, and where to see it, and speaks of no account', () => {
    const facts = { program: 'GO-16250', title: 'Extremely metal-poor galaxies', actor: 'Ada Lovelace' }
    const { subject, text } = noticeLetter(READER, [
      { username: 'eve@example.org', kind: 'accessGiven', at: AT, facts },
    ])
    const sentence = 'Ada Lovelace gave you access to the data of GO-16250 (Extremely metal-poor galaxies).'
    expect(subject).toBe(`${sentence.slice(0, -1)} (Example)`)
    expect(text).toContain(`  ${sentence}\n`)
    expect(text).toContain('  https://data.example.org/auth/programs\n')
    expect(text).not.toMatch(/your account|revoke/)
  })

  it('is in the language of its reader', () => {
    const words = wordsFor({ ...DEFAULT_READER, language: 'de' })
    const { subject, text } = noticeLetter({ ...READER, words }, [
      notice({ kind: 'tokenRevoked' }, { by: 'administrator' }),
    ])
    expect(subject).toBe('Das Token topcat wurde von einem Administrator widerrufen (Example)')
    expect(text).toContain('Guten Tag Ada Lovelace,')
  })
})

describe('a notice in words', () => {
  const facts = { type: 'user' as const, name: 'topcat' }

  // biome-ignore format: a table reads in columns
  it.each([
    ['tokenCreated', facts,                                                'The token topcat was created.'],
    ['tokenCreated', { ...facts, by: 'administrator' },                  'The token topcat was created by an administrator.'],
    ['tokenUsed',    { ...facts, news: ['network', 'client'] },            'The token topcat was used from a new network and with a new program.'],
    ['tokenUsed',    { type: 'user', news: ['client'] },                   'A token was used with a new program.'],
    ['tokenRevoked', { ...facts, by: 'administrator' },                  'The token topcat was revoked by an administrator.'],
    ['tokenRevoked', { ...facts, by: 'finder' },                           'The token topcat was revoked, because a finder reported that it leaked.'],
    ['tokenRevoked', { type: 'session', by: 'administrator' },           'A web session was revoked by an administrator.'],
    ['tokenSuspended', { ...facts, by: 'administrator', until: 1_797_673_260 }, 'The token topcat was suspended by an administrator until 19 Dec 2026, 09:41 UTC. It is refused, and is revoked then unless the suspension is lifted.'],
    ['tokenLifted',  { type: 'session', by: 'administrator' },           'The suspension of a web session was lifted by an administrator. It works again.'],
    ['passkeyAdded', { type: 'session', name: 'ring' },                  'The passkey ring was added to your account.'],
    ['accessTaken',  { program: 'GO-1', actor: 'Ada' },                    'Ada removed your access to the data of GO-1.'],
    ['signIn',       { type: 'session' },                                  'A new browser signed in to your account.'],
  ] as const)('%s', (kind, given, sentence) => expect(noticeSentence({ kind, facts: given }, ENGLISH)).toBe(sentence))

  it('says from where, with what and by which token', () => {
    const session = '5KVApqcVbSQWtO3VIRgOaB' as TokenKey
    const from = { type: 'user' as const, address: '192.0.2.7', client: 'curl/8' }
    const called = (client: string) => `<${client}>`
    expect(noticeOrigin({ ...from, actorToken: KEY }, called, ENGLISH)).toEqual([
      ...['From 192.0.2.7', 'With <curl/8>', `By the token ${KEY}`],
    ])
    expect(noticeOrigin({ ...from, actorToken: session }, called, ENGLISH)).toEqual(['From 192.0.2.7', 'With <curl/8>'])
    for (const unknown of [{}, { address: '', client: '' }])
      expect(noticeOrigin({ type: 'user', ...unknown }, called, ENGLISH)).toEqual([])
  })
})

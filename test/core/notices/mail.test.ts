import { describe, expect, it } from '@jest/globals'
import { mailedKinds, noticeLetter } from '../../../server/core/notices/mail.js'
import { MOST_NOTICES, NOTICE_KINDS, type Notice, type NoticeFacts } from '../../../server/core/notices/notice.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { clientInMail } from '../../../server/core/user-agent.js'
import { settingsSchema } from '../../../server/settings/schema.js'

const AT = Date.UTC(2026, 10, 26, 6, 40) / 1000
const READER = { name: 'Ada Lovelace', site: { name: 'Example' }, baseUrl: new URL('https://data.example.org') }

const notice = (over: Partial<Notice>, facts: Partial<NoticeFacts> = {}): Notice => ({
  username: 'ada',
  kind: 'tokenUsed',
  at: AT,
  token: '5KVApqcVbSQWtO3VIRgOhQ' as TokenKey,
  facts: { type: 'user', name: 'topcat', ...facts },
  ...over,
})

describe('the letter of a notice', () => {
  it('leads to the pages below the path of the base URL', () => {
    const { text } = noticeLetter({ ...READER, baseUrl: new URL('https://example.org/postern/') }, [notice({})])
    const key = '5KVApqcVbSQWtO3VIRgOhQ'
    expect(text.match(/https:.*/g)).toEqual(
      ['', `/${key}`].reverse().map((end) => `https://example.org/postern/auth/tokens${end}`),
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
        '  From 192.0.2.7, with curl',
        '  26 November 2026 at 06:40 UTC',
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
})

describe('the client in a mail', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0',      'Firefox on Linux'],
    ['python-requests/2.31 extra',                          'python-requests'],
    ['Mozilla/5.0 (visit evil.example) Firefox/1',          'Firefox'],
    ['evil.example/login',                                  'another program'],
    ['https://evil.example/',                               'another program'],
    ['x'.repeat(41),                                        'another program'],
    ['Dear user, your account is locked: see evil.example', 'Dear'],
  ])('of %s is %s', (userAgent, name) => expect(clientInMail(userAgent)).toBe(name))
})

describe('the kinds that are mailed', () => {
  const smtp = { smtpUrl: 'smtp://mail.example.org', mailFrom: 'a@example.org' }
  const kinds = (given: object) => mailedKinds(settingsSchema.parse(given))

  it('are all where the site has a mail server, and none elsewhere', () => {
    expect(kinds(smtp)).toEqual([...NOTICE_KINDS])
    expect(kinds({})).toEqual([])
  })

  it.each(NOTICE_KINDS)('are without %s where its mail, or the kind itself, is switched off', (off) => {
    const others = NOTICE_KINDS.filter((kind) => kind !== off)
    expect(kinds({ ...smtp, notices: { mail: { [off]: false } } })).toEqual(others)
    expect(kinds({ ...smtp, notices: { [off]: false } })).toEqual(others)
  })
})

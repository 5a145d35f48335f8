import { describe, expect, it } from '@jest/globals'
import { redact, redactUrl } from '../../server/core/redact.js'

const KEY = 'NVulqbDMAQUPhQq3NXeqVg'
const SECRET = '5MbMYS_0mWcoKPWHoBchSA'
const TOKEN = `gt-${KEY}.${SECRET}`

/** The least of three, in microseconds: another program on the machine makes one dearer, and none cheaper. */
function cpuTimeOf(act: () => unknown): number {
  const rounds = [1, 2, 3].map(() => {
    const before = process.cpuUsage()
    act()
    const { user, system } = process.cpuUsage(before)
    return user + system
  })
  return Math.min(...rounds)
}

describe('a text with a secret', () => {
  it.each([
    [`pyvo/1.5 ${TOKEN}`, `pyvo/1.5 gt-${KEY}.[secret]`],

    [`gt-${KEY}xyz.${SECRET}9`, `gt-${KEY}xyz.[secret]`],
    [`gt-${KEY}.${SECRET.slice(0, 10)}`, `gt-${KEY}.[secret]`],
    [`Authorization: Bearer ${SECRET}`, 'Authorization: Bearer [secret]'],
    ...[' ', '+', ':', '='].map((mark) => [`bearer${mark}abcdef`, `bearer${mark}[secret]`] as const),
    ['password:abcdef', 'password:[secret]'],
    ['password=abcdef', 'password=[secret]'],
    ['github_pat_abcdefghijklmnop', 'github_pat_[secret]'],
    ['://:a@', '://:[secret]@'],
    ['authorization=basic+YTpiY2RlZg==', 'authorization=basic+[secret]'],
    ['my client (token=hunter22hunter)', 'my client (token=[secret]'],
    ['?access_token=abcdefgh&x=1', '?access_token=[secret]&x=1'],
    ['{"password: abcdefgh","x":1}', '{"password: [secret]","x":1}'],
    ['https://ada:correct-horse@example.org/', 'https://ada:[secret]@example.org/'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl', 'eyJ[secret]'],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', 'ghp_[secret]'],
  ])('%s is redacted', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  it('stays as it is without one', () => {
    for (const text of [
      'TOPCAT/4.9',
      'Mozilla/5.0 (X11; Linux x86_64)',
      'gt-rates.v2',
      'token of ada',
      KEY,
      `gt-${KEY}`,
    ])
      expect(redact(text)).toBe(text)
  })

  it('stays JSON when it was JSON', () => {
    const line = JSON.stringify({ msg: `Bearer ${SECRET}`, path: `/x/${TOKEN}`, quoted: `say "token=${SECRET}"` })
    expect(JSON.parse(redact(line))).toEqual({
      msg: 'Bearer [secret]',
      path: `/x/gt-${KEY}.[secret]`,
      quoted: 'say "token=[secret]"',
    })
  })

  it('takes linear time, however it is made', () => {
    for (const part of ['gt-aaaaaaaaaaaaaaaa', 'eyJaaaaaaaaa.', '://a:', 'bearer ', 'token=', '.']) {
      const timeOf = (length: number) => {
        const text = part.repeat(length / part.length)
        return cpuTimeOf(() => redact(text))
      }
      // In quadratic time it would take 400 times as much.
      expect(timeOf(100_000)).toBeLessThan(100 * timeOf(5_000) + 1_000)
    }
  })
})

describe('a URL with a secret', () => {
  it.each([
    `/tap/${TOKEN}/x`,
    `/tap/${encodeURIComponent(TOKEN).replace('.', '%2E')}/x`,
    `/tap/${[...Buffer.from(TOKEN)].map((byte) => `%${byte.toString(16)}`).join('')}`,
    `/tap/${[...Buffer.from(TOKEN)].map((byte) => `%25${byte.toString(16)}`).join('')}`,
  ])('%s is redacted in every encoding', (url) => {
    expect(redactUrl(url)).toContain(`gt-${KEY}.[secret]`)
    expect(redactUrl(url)).not.toContain(SECRET)
  })

  it('is redacted as it was spelt where that is the secret', () => {
    expect(redactUrl('/x?token=ab%20cdef')).toBe('/x?token=[secret]')
  })

  it('stays as it was spelt without one', () => {
    for (const url of ['/data/M%2031', '/x/%zz', '/100%25', '/']) expect(redactUrl(url)).toBe(url)
  })
})

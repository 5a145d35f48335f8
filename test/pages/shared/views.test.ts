import { describe, expect, it } from '@jest/globals'
import { read } from '../../support/clients/page-text.js'
import { samples } from '../support/samples/samples.js'
import { NOW, TOKEN } from '../support/samples/values.js'
import { show } from '../support/show.js'

describe('the Security Tokens page', () => {
  const tokens = samples['tokens/list']

  it('shows the scopes of a token, its last use and place, and its expiry', async () => {
    const text = read(await show('tokens/list', tokens))
    expect(text).toContain(
      'topcat-laptop New 5KVApqcVbSQWtO3VIRgOhQ read:tap Expires in 27 days (19 Dec 2026, 09:41 UTC) 19 Dec 2026',
    )
    expect(text).toContain('3 minutes ago (22 Nov 2026, 09:38 UTC) · New place today')
  })

  it('names the program of the last use where the place is known', async () => {
    const userTokens = tokens.userTokens.map((token) => ({ ...token, hasNewPlace: false }))
    expect(read(await show('tokens/list', { ...tokens, userTokens }))).toContain('09:38 UTC) · STILTS')
  })

  it.each([
    [
      'is near',
      { expires: NOW + 60 * 86_400, idleEnds: NOW + 4 * 86_400 },
      'Expires in 4 days (26 Nov 2026, 09:41 UTC) unless used 21 January 2027 at the latest',
    ],
    [
      'has no other',
      { expires: undefined, idleEnds: NOW + 9 * 86_400 },
      'Expires in 9 days (1 Dec 2026, 09:41 UTC) unless used 1 Dec 2026',
    ],
    [
      'is later than the other',
      { expires: NOW + 86_400, idleEnds: NOW + 9 * 86_400 },
      'Expires in 24 hours (23 Nov 2026, 09:41 UTC) 23 Nov 2026',
    ],
    ['is over', { expires: NOW + 86_400, idleEnds: NOW - 86_400 }, 'Expired'],
  ])('shows an idle timeout that %s', async (_what, { expires, idleEnds }, sentence) => {
    const userTokens = tokens.userTokens.map(({ expires: _now, ...rest }) => ({
      ...rest,
      idleEnds,
      ...(expires !== undefined && { expires }),
    }))
    const text = read(await show('tokens/list', { ...tokens, userTokens }))
    expect(text).toContain(sentence)
    expect(text.includes('unless used')).toBe(sentence.includes('unless'))
  })

  it('marks the session that asks, and asks before another is logged out', async () => {
    const html = await show('tokens/list', tokens)
    expect(html.match(/This session/g)).toHaveLength(1)
    expect(html).toContain('href="/auth/sessions/5KVApqcVbSQWtO3VIRgObB/end"')
    expect(html).not.toContain('/auth/sessions/5KVApqcVbSQWtO3VIRgOaB/end')
    expect(html.match(/action="\/logout"/g)).toHaveLength(2)
    expect(html).not.toMatch(/action="[^"]*\/end"/)
  })

  it('has a label for each session that no other has', async () => {
    const [first, second] = tokens.sessions
    const twin = { ...second, key: first?.key, created: NOW - 86_400 } as (typeof tokens.sessions)[number]
    const html = await show('tokens/list', { ...tokens, sessions: [...tokens.sessions, twin] })
    const labels = [...html.matchAll(/aria-label="(Log out [^"]*)"/g)].map(([, label]) => label)
    expect(labels).toEqual([
      'Log out this browser',
      'Log out Firefox on Linux, signed in 22 Nov 2026, 09:31 UTC',
      'Log out Firefox on Linux, signed in 21 Nov 2026, 09:41 UTC',
    ])
  })

  it('offers to log out everywhere else only to a user with other sessions', async () => {
    const alone = { ...tokens, sessions: tokens.sessions.filter(({ current }) => current) }
    expect(await show('tokens/list', tokens)).toContain('Log out everywhere else')
    expect(await show('tokens/list', alone)).not.toContain('Log out everywhere else')
  })

  it('tells a user without tokens what a token is for', async () => {
    const { tools: _tools, ...none } = tokens
    const html = await show('tokens/list', { ...none, total: 0, found: 0, userTokens: [] })
    expect(html).toContain('You have no tokens yet.')
    expect(html.match(/Create Token/g)).toHaveLength(1)
  })

  it('names a token without a name by its key', async () => {
    const nameless = tokens.userTokens.map(({ name, ...token }) => token)
    expect(await show('tokens/list', { ...tokens, userTokens: nameless })).toContain('>5KVApqcVbSQWtO3VIRgOhQ</a>')
  })

  it('says that an expired token has expired', async () => {
    const expired = tokens.userTokens.map((token) => ({ ...token, expires: NOW - 86_400 * 3 }))
    expect(read(await show('tokens/list', { ...tokens, userTokens: expired }))).toContain('Expired 3 days ago')
  })
})

describe('the form for a new token', () => {
  it('keeps what was typed and chosen, the zone it was meant in too', async () => {
    const html = await show('tokens/create', samples['tokens/create'])
    expect(html).toMatch(/name="name" value="laptop"/)
    expect(html).toMatch(/name="scope" value="read:tap"[^>]* checked>/)
    expect(html).not.toMatch(/name="scope" value="read:image"[^>]* checked>/)
    expect(html).toMatch(/name="expires" value="at" checked>/)
    expect(html).toMatch(/name="expires_at" value="2026-12-19T09:41"/)
    expect(html).toMatch(/name="tz_offset" value="-60"/)
  })

  it('says each mistake twice: in the summary, with a link to the field, and beside the field', async () => {
    const html = await show('tokens/create', samples['tokens/create'])
    for (const { message } of samples['tokens/create'].errors) expect(html.split(message)).toHaveLength(3)
    for (const [, target] of html.matchAll(/<li><a href="#([^"]+)">Choose/g)) expect(html).toContain(` id="${target}"`)
    expect(html).toContain('<title>Error: Create a token · Example</title>')
  })

  it('has nothing to say of mistakes before there are any', async () => {
    const html = await show('tokens/create', { ...samples['tokens/create'], errors: [] })
    expect(html).not.toMatch(/error-summary|aria-invalid|Error:/)
  })

  it('says in words what is about to be made', async () => {
    const values = { ...samples['tokens/create'].values, expires: '7d' }
    const text = read(await show('tokens/create', { ...samples['tokens/create'], values }))
    expect(text).toContain('laptop can query TAP until 29 November 2026.')
  })

  it('says whose idea the settings were', async () => {
    const page = read(await show('tokens/create', samples['tokens/create']))
    expect(page).toContain('astroquery suggests these settings.')
    expect(page).toContain('It also asks for read:image , which you do not have.')
    expect(page).toContain('It also asks for no:such , which this site does not have.')
    expect(page).toContain('It asks for an expiry of 45d , which is not offered here.')
  })
})

describe('the page with the new token', () => {
  it('shows the token in one piece, and says that it is the only time', async () => {
    const html = await show('tokens/created', samples['tokens/created'])
    expect(html).toContain(`<code>${TOKEN}</code>`)
    expect(html).toContain('You will not see it again.')
  })

  it('keeps the token out of attributes, titles and addresses, which histories and logs collect', async () => {
    const html = await show('tokens/created', samples['tokens/created'])
    expect(html.match(/<[^>]*gt-[^>]*>/)).toBeNull()
    expect(html).toMatch(/<title>Your new token · Example<\/title>/)
  })

  it('has every recipe in it without script', async () => {
    const html = await show('tokens/created', samples['tokens/created'])
    for (const { id } of samples['tokens/created'].recipes) expect(html).toContain(`<a href="#use-${id}">`)
    expect(html.match(/<section class="recipe"/g)).toHaveLength(12)
  })
})

describe("a token's own page", () => {
  it('shows its history in sentences', async () => {
    const text = read(await show('tokens/details', samples['tokens/details']))
    expect(text).toContain(
      'grace renamed it from topcat to topcat-laptop. grace changed it from read:image to read:tap.',
    )
    expect(text).toContain('21 Nov 2026, 09:41 UTC · 192.0.2.9')
  })

  it.each(['expired', 'revoked'] as const)('offers no Revoke once it is %s', async (state) => {
    const html = await show('tokens/details', { ...samples['tokens/details'], state })
    expect(html).not.toContain('/revoke"')
  })
})

describe('the question before a token is revoked', () => {
  it('names the token, its last use and what ends with it', async () => {
    const text = read(await show('tokens/revoke', samples['tokens/revoke']))
    expect(text).toContain('Revoke topcat-laptop ?')
    expect(text).toContain('from 192.0.2.7 with STILTS/3.5.2')
    expect(text).toContain('2 notebook tokens')
  })
})

describe('the sign-in page', () => {
  it('keeps the user name and where to return to, never a password', async () => {
    const html = await show('sign-in/sign-in', samples['sign-in/sign-in'])
    expect(html).toContain('name="username" value="ada"')
    expect(html).toContain('name="rd" value="/portal?a=1&amp;b=2"')
    expect(html).toMatch(/name="password" type="password"(?![^>]*value=)/)
  })

  it('says how long to wait', async () => {
    expect(read(await show('sign-in/sign-in', samples['sign-in/sign-in']))).toContain(
      'You can try again in 42 seconds.',
    )
  })
})

describe('the layout of a page', () => {
  const message = samples['shared/error-page']

  it('has a menu only for a signed-in user', async () => {
    const { user, ...anonymous } = message.layout
    expect(await show('shared/error-page', message)).toContain('Ada Lovelace')
    expect(await show('shared/error-page', { ...message, layout: anonymous })).not.toContain('<nav')
  })

  it("leads authors of programs to the API's documentation, whether or not a site adds links of its own", async () => {
    const link = '<a href="/auth/docs">API</a>'
    const bare = { ...message.layout, site: { name: 'Example', helpLinks: [] } }
    expect(await show('shared/error-page', message)).toContain(link)
    expect(await show('shared/error-page', { ...message, layout: bare })).toContain(link)
  })

  it("writes the operator's footer as it is", async () => {
    expect(await show('shared/error-page', message)).toContain('Run by <b>us</b>')
  })

  it("shows the site's own logo in place of ours", async () => {
    const site = { ...message.layout.site, logoUrl: '/logo.svg' }
    const html = await show('shared/error-page', { ...message, layout: { ...message.layout, site } })
    expect(html).toContain('src="/logo.svg"')
    expect(html).not.toContain('brand-wall')
  })
})

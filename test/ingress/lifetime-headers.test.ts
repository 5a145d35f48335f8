import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { kept } from '../support/clients/kept.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

byEachParser((checkParser) => {
  const DAY = 86_400
  const NOTHING = { expires: undefined, idle: undefined }

  let postern: RunningPostern

  beforeAll(async () => {
    postern = await startPostern({ settings: { checkParser, tokenPolicy: { user: { maximum: '60d', idle: '10d' } } } })
  })
  afterAll(() => postern.stop())

  async function ends(token: string, path = '/ingress/auth?scope=read:tap') {
    const { headers } = await kept(postern.server)
      .get(path)
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
    return { expires: headers['x-token-expires'], idle: headers['x-token-idle-expires'] }
  }
  const instant = (at: number) => new Date(at * 1000).toISOString().replace('.000', '')

  describe('the answer to a token whose kind has limits', () => {
    it('says when it will end, and when it would without a further use', async () => {
      const expires = postern.now() + 30 * DAY
      const token = await postern.token('ada', { expires })
      const first = await ends(token)
      expect(first.expires).toBe(instant(expires))
      const idle = Date.parse(first.idle ?? '') / 1000
      expect(Math.abs(idle - postern.now() - 10 * DAY)).toBeLessThan(60)
      // The second is given from memory.
      expect(await ends(token)).toEqual(first)
    })

    it('says it to no token whose kind has none, and in no refusal', async () => {
      expect(await ends(await postern.session('ada'))).toEqual(NOTHING)
      expect(await ends(await postern.token('ada', { scopes: ['read:image'] }))).toEqual(NOTHING)
    })
  })
})

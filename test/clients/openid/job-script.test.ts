import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import request from 'supertest'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'

/** The lines of the document, with a job that prints what it was given. */
function scriptFor(url: string): string {
  const [, script = ''] =
    /```sh\n([\s\S]*?)```/.exec(readFileSync('deploy/docs/programs/token-exchange.md', 'utf8')) ?? []
  const changes = [
    ['https://data.example.org', url],
    ['192.0.2.0/24', '127.0.0.0/8'],
    ['sbatch query.sh', 'sh -c \'printf %s "$ACCESS_TOKEN"\''],
  ] as const
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`The script should say ${from}`)
    return text.replace(from, () => to)
  }, script)
}

describeWith(['curl', 'python'], 'The job script of the documents', () => {
  let postern: RunningPostern
  let desk: Desk

  beforeAll(async () => {
    const services = { tap: { at: '/tap', requires: 'scope=read:tap&service=tap' } }
    postern = await startPostern({ settings: { tokenExchange: { enabled: true }, services } })
    desk = openDesk()
  })
  afterAll(async () => {
    desk.clear()
    await postern.stop()
  })

  const run = (ACCESS_TOKEN: string) => desk.run(['/bin/sh', '-c', scriptFor(postern.url)], { ACCESS_TOKEN })
  const check = async (token: string, query: string) => {
    const asked = request(postern.server).get(`/ingress/auth?${query}`).set(ASKED)
    return (await asked.set('Authorization', `Bearer ${token}`)).status
  }

  it('gives the job an hour of one service, and no more', async () => {
    const token = await postern.token('ada', { scopes: ['read:tap', 'read:image'], name: 'laptop' })
    const { code, stdout: given } = await run(token)
    expect([code, given]).toEqual([0, expect.stringMatching(/^gt-/)])
    expect(given).not.toBe(token)
    expect(await check(given, 'scope=read:tap&service=tap')).toBe(200)
    for (const query of ['scope=read:image&service=tap', 'scope=read:tap', 'scope=read:tap&service=soda'])
      expect(await check(given, query)).toBe(403)
    postern.advance(3601)
    expect(await check(given, 'scope=read:tap&service=tap')).toBe(401)
    expect(await check(token, 'scope=read:tap&service=tap')).toBe(200)
  })

  it('starts no job with a token that is over, and says why', async () => {
    const token = await postern.token('ada', { name: 'over' })
    await postern.revoke(token)
    const { code, stdout, stderr } = await run(token)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('subject_token is not valid')
  })
})

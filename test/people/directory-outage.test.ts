import { describe, expect, it } from '@jest/globals'
import { STALE_ANSWER_TTL } from '../../server/core/people/merge-sources.js'
import { MINUTE } from '../../server/core/time.js'
import type { Scope } from '../../server/core/token/scope.js'
import { formatToken } from '../../server/core/token/token.js'
import { findAtSignIn } from '../../server/people/find-person.js'
import { openSession } from '../../server/tokens/open-session.js'
import { Visitor } from '../support/clients/visitor.js'
import { eventually } from '../support/eventually.js'
import { personDn } from '../support/peers/ldap-server.js'
import { describeWith } from '../support/run/requires.js'
import { savePerson } from '../support/save-person.js'
import {
  api,
  check,
  directory,
  kept,
  others,
  postern,
  putInto,
  relay,
  restarted,
  sessionOf,
  statusOf,
  vouchedFor,
} from './support/directory-site.js'

describeWith(['slapd'], 'with a directory', () => {
  describe.each(['cut', 'hang'] as const)('while the directory is away (%s)', (how) => {
    it('its last word counts, for whoever was here lately and even after a restart, and nobody gains by it', async () => {
      const [ada, grace] = [await vouchedFor(['g_users', 'g_imagers']), await vouchedFor(['g_users'])]
      const [adas, graces] = [await sessionOf(ada), await sessionOf(grace)]
      await putInto(ada, ['g_users'])
      await putInto(grace, [])
      await directory.remove(personDn(grace))
      postern.advance(5 * MINUTE)
      expect(await statusOf(adas, 'read:image')).toBe(403)
      expect(await statusOf(graces)).toBe(403)
      await eventually(async () => expect((await kept(grace)).person).toBeNull())
      await relay[how]()
      const fresh = await restarted()
      others.push(fresh)
      postern.advance(5 * MINUTE)
      for (const at of [postern, fresh]) {
        expect([await statusOf(adas, 'read:tap', at), await statusOf(adas, 'read:image', at)]).toEqual([200, 403])
        expect([await statusOf(graces, 'read:tap', at), await statusOf(graces, 'user:token', at)]).toEqual([403, 200])
      }
    })

    it('after a few days nobody can tell any more: that is an outage, and not a permission', async () => {
      const ada = await vouchedFor(['g_users'])
      const session = await sessionOf(ada)
      await kept(ada)
      await relay[how]()
      postern.advance(STALE_ANSWER_TTL + 60)
      const response = await check(session)
      expect(response.status).toBe(503)
      expect(response.headers['www-authenticate']).toBeUndefined()
      expect((await api('/user-info', session)).status).toBe(503)
      await relay.mend()
      await eventually(async () => {
        postern.advance(30)
        expect(await statusOf(session)).toBe(200)
      })
    })

    it('a token of somebody whom it never was asked for says itself what it may do', async () => {
      await relay[how]()
      const scopes = ['read:tap', 'user:token'] as Scope[]
      await savePerson(postern.context, 'cilogon', { username: `newcomer-${how}` }, postern.now())
      const token = await openSession(postern.context, { username: `newcomer-${how}`, scopes }, {})
      expect(await statusOf(formatToken(token))).toBe(200)
      // But nobody of whom nothing is known is signed in on a guess, nor told that they are in no group.
      await expect(findAtSignIn(postern.context, `newcomer-${how}`)).rejects.toMatchObject({
        name: 'DirectoryUnavailable',
      })
    })

    it('lists of people are not made up', async () => {
      await relay[how]()
      const token = await postern.token('lister', { scopes: ['admin:userinfo'] })
      expect((await api('/users', token)).status).toBe(503)
      expect((await api('/groups', token)).status).toBe(503)
    })

    it('a local account signs in and works', async () => {
      const fresh = await restarted()
      others.push(fresh)
      await relay[how]()
      await fresh.account('emergency', ['admins'])
      const visitor = new Visitor(fresh)
      expect((await visitor.signIn('emergency')).status).toBe(303)
      expect((await visitor.get('/auth/tokens')).status).toBe(200)
    })
  })

  it('an entry that cannot be believed is an error for that person alone and no outage, and the log names them', async () => {
    const [ada, grace] = [await vouchedFor(['g_users']), await vouchedFor(['g_users'])]
    const [adas, graces] = [await sessionOf(ada), await sessionOf(grace)]
    await directory.person(ada, { departmentNumber: 'x' })
    const fresh = await restarted({ uidAttr: 'departmentNumber' })
    others.push(fresh)
    const statuses = [await statusOf(adas, 'read:tap', fresh), await statusOf(graces, 'read:tap', fresh)]
    expect(statuses).toEqual([500, 200])
    expect(fresh.logged()).toContain(`"user":"${ada}"`)
  })
})

import { beforeAll, describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { ldapSchema } from '../../../server/settings/ldap.js'
import { LdapConnection } from '../../../server/storage/ldap/connection.js'
import { LdapPeople } from '../../../server/storage/ldap/search.js'
import {
  type Attributes,
  BASE,
  GROUPS,
  PEOPLE,
  personDn,
  startDirectoryServer,
} from '../../support/peers/ldap-server.js'
import { describeWith } from '../../support/run/requires.js'
import { useLdapPeople } from './support/ldap-people.js'

describeWith(['slapd'], 'a user in LDAP', () => {
  const { directory, people, find, lines } = useLdapPeople()

  describe('has', () => {
    beforeAll(async () => {
      await directory().person('ada', {
        displayName: 'Ada Lovelace',
        cn: ['Ada King', 'Augusta'],
        mail: ['ada@example.org', 'augusta@example.org'],
        uidNumber: '2001',
        gidNumber: '3000',
        departmentNumber: '7',
      })
      await directory().person('bare')
      await directory().group('astronomers', '3000', [])
      await directory().group('g_users', '3001', ['ada', 'someone-else'])
      await directory().group('others', '3002', ['someone-else'])
    })

    it('a name, an address, numbers, and groups, the primary one among them', async () => {
      expect(await find('ada')).toEqual({
        name: 'Ada Lovelace',
        email: 'ada@example.org',
        uid: 2001,
        gid: 3000,
        groups: [
          { name: 'astronomers', id: 3000 },
          { name: 'g_users', id: 3001 },
        ],
      })
    })

    it('what the settings name, and nothing of what they name as null', async () => {
      const otherwise = { nameAttr: 'CN', emailAttr: null, uidAttr: 'departmentNumber', gidAttr: null }
      expect(await find('ada', otherwise)).toEqual({
        name: 'Ada King',
        uid: 7,
        groups: [{ name: 'g_users', id: 3001 }],
      })
    })

    it('groups that list user names, where they do', async () => {
      const otherwise = { groupMemberAttr: 'memberUid', groupSearchByDn: false, gidAttr: null }
      expect((await find('ada', otherwise))?.groups).toEqual([{ name: 'g_users', id: 3001 }])
    })

    it('nothing but that they are there', async () => {
      expect(await find('bare')).toEqual({ groups: [] })
    })

    it('a group of their own where that is the custom, and its GID when they have no other', async () => {
      const own = { name: 'ada', id: 2001 }
      expect((await find('ada', { addUserGroup: true }))?.groups).toContainEqual(own)
      expect(await find('ada', { addUserGroup: true, gidAttr: null })).toMatchObject({ gid: 2001 })
      expect((await find('bare', { addUserGroup: true }))?.groups).toEqual([])
    })

    it('no group of their own that is called as one that gives something', async () => {
      await directory().person('admins', { uidNumber: '2002' })
      expect((await people({ addUserGroup: true }).find('admins'))?.groups).toEqual([{ name: 'admins', id: 2002 }])
      expect((await people({ addUserGroup: true }, ['admins']).find('admins'))?.groups).toEqual([])
    })
  })

  describe('in entries that are not as they should be', () => {
    it.each(['', 'x', '-1', '0', '1e3', '0x10', '4294967294', '12345678901', '２００１'])(
      'with the UID or GID %j they cannot be believed, and the error names them',
      async (id) => {
        const value = id === '' ? ' ' : id
        for (const attribute of ['departmentNumber', 'employeeNumber']) {
          await directory().person('odd', { departmentNumber: '1', employeeNumber: '1', [attribute]: value })
          const found = find('odd', { uidAttr: 'departmentNumber', gidAttr: 'employeeNumber' })
          await expect(found).rejects.toMatchObject({
            name: 'LdapEntryError',
            message: expect.stringContaining(`uid=odd,${PEOPLE}: ${attribute} is`),
          })
        }
      },
    )

    it('two of one name are no user', async () => {
      const branch = `ou=more,${PEOPLE}`
      await directory().add(branch, { objectClass: 'organizationalUnit' })
      await directory().add(`uid=twin,${branch}`, { objectClass: ['account'] })
      await directory().person('twin')
      await expect(find('twin')).rejects.toMatchObject({
        name: 'LdapEntryError',
        message: expect.stringMatching(/^twin: 2/),
      })
    })

    it('groups without a number or with an impossible name are left out, with a warning', async () => {
      await directory().person('grace')
      const groups = {
        good: '1',
        'no gid': undefined,
        'has space': '2',
        '123': '3',
        zero: '0',
        'CO:COU:x:members:all': '4',
      }
      for (const [name, gid] of Object.entries(groups)) await directory().group(name, gid, ['grace'])
      expect((await find('grace', { groupObjectClass: 'extensibleObject' }))?.groups).toEqual([{ name: 'good', id: 1 }])
      expect(
        lines()
          .map((line) => JSON.parse(line).group.split(',')[0])
          .sort(),
      ).toEqual(['cn=123', 'cn=has space', 'cn=no gid', 'cn=zero'])
    })

    it('two groups of one name are one', async () => {
      await directory().person('jean')
      await directory().add(`ou=a,${GROUPS}`, { objectClass: 'organizationalUnit' })
      const attributes = {
        cn: 'same',
        gidNumber: '5',
        member: personDn('jean'),
        objectClass: ['posixGroup', 'extensibleObject'],
      }
      await directory().add(`cn=same,ou=a,${GROUPS}`, attributes)
      await directory().group('same', '5', ['jean'])
      expect((await find('jean'))?.groups).toEqual([{ name: 'same', id: 5 }])
    })

    it.each([
      ['Ünïcødé 名前 𝔸', 'Ünïcødé 名前 𝔸'],
      ['<script>alert(1)</script>', '<script>alert(1)</script>'],
      ['two\nlines\u0000and\u001b[31m', 'two lines and [31m'],
      ['x'.repeat(1000), 'x'.repeat(256)],
    ])('the name %j is shown as %j', async (given, shown) => {
      await directory().person('named', { displayName: given })
      expect(await find('named')).toEqual({ name: shown, groups: [] })
    })

    it.each(['no address', 'two@at@signs', 'a@b\r\nX-Evil: 1', `${'x'.repeat(256)}@example.org`])(
      'the address %j is none',
      async (mail) => {
        await directory().person('addressed', { departmentNumber: mail })
        expect(await find('addressed', { emailAttr: 'departmentNumber' })).toEqual({ groups: [] })
      },
    )
  })

  describe('is found by their whole name and no other', () => {
    const NASTY = [
      ['*'],
      ['a*'],
      ['ada)(uid=*'],
      ['*)(objectClass=*'],
      ['ada)(|(uid=*))'],
      ['\\2a'],
      ['\\'],
      ['ada\u0000'],
      ['"ada"'],
      ['ada,ou=people'],
      [' # + < > ; = '],
      ['Ädä 名前'],
      ['('],
      [')'],
    ]

    beforeAll(() => directory().person('ada'))

    it.each(NASTY)('%j is no user', async (name) => {
      expect(await find(name)).toBeUndefined()
      expect(await find(name, { groupSearchByDn: false, groupMemberAttr: 'memberUid' })).toBeUndefined()
    })

    it.each(NASTY.filter(([name]) => !/\0/.test(name ?? '')))(
      'whoever is called %j is found by that',
      async (name = '') => {
        await directory().person('nasty', { employeeType: name })
        await directory().group('nasty-group', '9', [], { departmentNumber: name })
        const otherwise = {
          userSearchAttr: 'employeeType',
          groupSearchByDn: false,
          groupMemberAttr: 'departmentNumber',
        }
        expect(await find(name, otherwise)).toEqual({ groups: [{ name: 'nasty-group', id: 9 }] })
        expect(await find('somebody', otherwise)).toBeUndefined()
      },
    )

    it('and their groups by the distinguished name that the server gave them', async () => {
      const dn = `cn=O'Brien\\, \\"Ädä\\" \\+ \\<x\\> \\23,ou=(*)\\\\,${PEOPLE}`
      await directory().add(`ou=(*)\\\\,${PEOPLE}`, { objectClass: 'organizationalUnit' })
      await directory().add(dn, { objectClass: ['applicationProcess', 'extensibleObject'], uid: 'obrien' })
      await directory().group('odd-names', '10', [], { member: dn })
      expect(await find('obrien')).toEqual({ groups: [{ name: 'odd-names', id: 10 }] })
    })
  })

  describe('among very many', () => {
    const MANY = 1_200

    beforeAll(async () => {
      await directory().person('busy', { uidNumber: '50', gidNumber: '100000' })
      for (let index = 0; index < MANY; index += 1)
        await directory().group(`many-${index}`, String(100_000 + index), ['busy'])
    })

    it('has all their groups', async () => {
      expect((await find('busy'))?.groups).toHaveLength(MANY)
    })

    it('is listed with all of them, page by page', async () => {
      const { people: listed, groups } = await people().all()
      expect(listed.get('busy')?.groups).toHaveLength(MANY)
      expect(groups.filter(({ name }) => name.startsWith('many-'))).toHaveLength(MANY)
      expect([...listed.keys()]).toEqual(expect.arrayContaining(['ada', 'grace']))
    })

    it('is listed as they would be found', async () => {
      const everybody = people()
      const { people: listed } = await everybody.all()
      for (const name of ['ada', 'grace', 'jean', 'busy']) expect(listed.get(name)).toEqual(await everybody.find(name))
    })
  })

  describe('when LDAP refuses', () => {
    const attributes: Attributes = { objectClass: 'organizationalUnit' }

    it('a branch that is not there is an error, and not an empty one', async () => {
      await expect(find('ada', { userBaseDn: `ou=nowhere,${BASE}` })).rejects.toMatchObject({ name: 'LdapError' })
      await directory().person('lonely')
      await expect(find('lonely', { groupBaseDn: `ou=nowhere,${BASE}` })).rejects.toMatchObject({ name: 'LdapError' })
      expect(lines().join()).toContain('LDAP search refused')
    })

    it('a list that its limits cut short is an error, and not a short list', async () => {
      const strict = await startDirectoryServer('limits anonymous size=3')
      try {
        await strict.person('ada')
        for (const index of [1, 2, 3, 4]) await strict.group(`g-${index}`, String(index), ['ada'])
        const settings = ldapSchema.parse(strict.settings())
        const connection = new LdapConnection(settings, () => 0, pino({ enabled: false }))
        const limited = new LdapPeople(settings, connection, new Set(), pino({ enabled: false }))
        await expect(limited.find('ada')).rejects.toMatchObject({ name: 'LdapError' })
        await expect(limited.all()).rejects.toMatchObject({ name: 'LdapError' })
        connection.close()
      } finally {
        await strict.stop()
      }
    })

    it('referrals are not followed', async () => {
      const branch = `ou=away,${PEOPLE}`
      await directory().add(branch, {
        ...attributes,
        objectClass: ['referral', 'extensibleObject'],
        ref: 'ldap://127.0.0.1:1/dc=x',
      })
      expect(await find('lonely')).toEqual({ groups: [] })
    })
  })
})

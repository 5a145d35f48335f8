import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { EqualityFilter } from 'ldapts'
import { pino } from 'pino'
import { ldapSchema } from '../../../server/settings/ldap.js'
import { LdapConnection } from '../../../server/storage/ldap/connection.js'
import { eventually } from '../../support/eventually.js'
import { type DirectoryServer, PEOPLE, startDirectoryServer } from '../../support/peers/ldap-server.js'
import { describeWith } from '../../support/run/requires.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'

const ADA = { base: PEOPLE, filter: new EqualityFilter({ attribute: 'uid', value: 'ada' }), attributes: ['uid'] }

describeWith(['slapd'], 'the connection to the directory', () => {
  let directory: DirectoryServer
  let relay: Relay
  let connection: LdapConnection | undefined
  let lines: string[]
  let now: number

  beforeAll(async () => {
    directory = await startDirectoryServer()
    await directory.person('ada')
  })
  afterAll(() => directory.stop())
  beforeEach(async () => {
    relay = await startRelay(directory.url)
    lines = []
    now = 1_000
  })
  afterEach(async () => {
    connection?.close()
    await relay.stop()
  })

  function connect(otherwise: Readonly<Record<string, unknown>> = {}): LdapConnection {
    const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
    connection = new LdapConnection(ldapSchema.parse(directory.settings(otherwise)), () => now, log)
    return connection
  }

  const logged = () => lines.map((line) => JSON.parse(line).msg)

  describe('is safe', () => {
    const ways = [
      ['ldaps', () => ({ url: directory.tlsUrl })],
      ['StartTLS', () => ({ url: directory.url, startTls: true })],
    ] as const

    it.each(ways)('by %s, and then binds', async (_, way) => {
      const ours = connect({ ...way(), caFile: directory.caFile, ...directory.bind })
      expect(await ours.search(ADA)).toHaveLength(1)
      expect(await ours.searchAll(ADA)).toHaveLength(1)
      expect(directory.output()).toMatch(/TLS established.*BIND dn="cn=postern,dc=example,dc=org" method=128/s)
    })

    it.each(ways)(
      'by %s: with a certificate of an unknown authority nothing is asked and no password sent',
      async (_, way) => {
        const before = directory.output().match(/ BIND /g)?.length
        await expect(connect({ ...way(), ...directory.bind }).search(ADA)).rejects.toThrow(/certificate/)
        expect(directory.output().match(/ BIND /g)?.length).toBe(before)
      },
    )

    it.each(ways)('by %s: with a certificate of another name nothing is asked and no password sent', async (_, way) => {
      const before = directory.output().match(/ BIND /g)?.length
      const url = way().url.replace('127.0.0.1', 'localhost')
      const search = connect({ ...way(), url, caFile: directory.caFile, ...directory.bind }).search(ADA)
      await expect(search).rejects.toThrow(/localhost/)
      expect(directory.output().match(/ BIND /g)?.length).toBe(before)
    })

    it('and reports a missing certificate file at once', () => {
      expect(() => connect({ url: directory.tlsUrl, caFile: '/nowhere' })).toThrow(
        'ldap.caFile: /nowhere cannot be read (ENOENT)',
      )
    })
  })

  it('says that a password is wrong, and not what it was', async () => {
    const { userDn } = directory.bind
    await expect(connect({ userDn, password: 'hunter3' }).search(ADA)).rejects.toThrow(/Invalid credentials|0x31/)
    expect(logged()).toEqual(['LDAP unavailable'])
    expect(lines.join()).not.toContain('hunter3')
  })

  it('is one for concurrent searches, and stays open', async () => {
    const ours = connect({ url: relay.url, ...directory.bind })
    await Promise.all(Array.from({ length: 20 }, () => ours.search(ADA)))
    expect(await ours.search(ADA)).toHaveLength(1)
    expect(relay.connections()).toBe(1)
  })

  it.each([
    ['in the clear', {}],
    ['with StartTLS', { startTls: true }],
  ])('is opened again when it was closed, %s, and no search fails', async (_, tls) => {
    const ours = connect({ url: relay.url, ...(Object.keys(tls).length > 0 && { ...tls, caFile: directory.caFile }) })
    await ours.search(ADA)
    await relay.cut()
    await relay.mend()
    expect(await ours.search(ADA)).toHaveLength(1)
    expect(logged()).toEqual([])
  })

  it('that cannot be opened fails every search at once, and is retried after a while', async () => {
    const ours = connect({ url: relay.url })
    await relay.cut()
    await expect(ours.search(ADA)).rejects.toMatchObject({ name: 'LdapError' })
    await relay.mend()
    // Too early to ask again.
    await expect(ours.search(ADA)).rejects.toMatchObject({ name: 'LdapError' })
    expect(relay.connections()).toBe(0)
    now += 1
    await eventually(() => ours.search(ADA))
    expect(relay.connections()).toBe(1)
    expect(logged()).toEqual(['LDAP unavailable', 'LDAP available again'])
  })

  it('is retried ever more rarely', async () => {
    let attempts = 0
    const broken = createServer((socket) => {
      attempts += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(broken, 'listening')
    const ours = connect({ url: `ldap://127.0.0.1:${(broken.address() as AddressInfo).port}` })
    for (let second = 0; second < 64; second += 1, now += 1) {
      await expect(ours.search(ADA)).rejects.toMatchObject({ name: 'LdapError' })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    broken.close()
    expect(attempts).toBeGreaterThan(1)
    expect(attempts).toBeLessThan(10)
    expect(logged()).toEqual(['LDAP unavailable'])
  })

  it.each([
    ['from the first', 0],
    ['after it had answered', 1],
  ])('that hangs %s is given up, and no search waits for the next attempt', async (_, searches) => {
    const ours = connect({ url: relay.url, timeout: '1s', ...directory.bind })
    // On a busy machine the second that it may take can be over by itself.
    const searched = () => {
      now += 60
      return ours.search(ADA)
    }
    for (let done = 0; done < searches; done += 1) await eventually(searched)
    relay.hang()
    await expect(ours.search(ADA)).rejects.toMatchObject({ name: 'LdapError' })
    now += 60
    const connections = relay.connections()
    await Promise.all(Array.from({ length: 10 }, () => expect(ours.search(ADA)).rejects.toThrow('LDAP unavailable')))
    expect(relay.connections()).toBeLessThanOrEqual(connections + 1)
    await relay.mend()
    await eventually(searched)
  })
})

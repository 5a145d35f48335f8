import { mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Client } from 'ldapts'
import { freePort } from '../run/ports.js'
import { runOrFail, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'

export const BASE = 'dc=example,dc=org'
export const PEOPLE = `ou=people,${BASE}`
export const GROUPS = `ou=groups,${BASE}`
/** Who may change everything, and whom Postern binds as where a test says so. */
const ROOT = { dn: `cn=admin,${BASE}`, password: 'directory-password' }
const SERVICE = { dn: `cn=postern,${BASE}`, password: 'hunter2 "and", \\more' }

export type Attributes = Readonly<Record<string, string | string[]>>

/** A real slapd on loopback, with a small directory of its own, empty but for its branches. */
export interface DirectoryServer {
  readonly url: string
  readonly tlsUrl: string
  /** The certificate that vouches for 127.0.0.1. */
  readonly caFile: string
  /** Postern's settings for it, as the configuration file would have them. */
  settings(otherwise?: Readonly<Record<string, unknown>>): Record<string, unknown>
  /** What makes it bind. */
  readonly bind: { readonly userDn: string; readonly password: string }
  /** Adds or replaces somebody. */
  person(uid: string, attributes?: Attributes): Promise<void>
  /** Adds or replaces a group; its members are user names. */
  group(cn: string, gid: string | undefined, members: readonly string[], attributes?: Attributes): Promise<void>
  /** Adds any other entry. */
  add(dn: string, attributes: Attributes): Promise<void>
  remove(dn: string): Promise<void>
  /** How many searches it has been asked for so far. */
  searches(): number
  output(): string
  stop(): Promise<void>
}

/** A person's distinguished name. */
export const personDn = (uid: string) => `uid=${uid},${PEOPLE}`

/** @param more lines of the database's configuration, such as limits */
export async function startDirectoryServer(more = ''): Promise<DirectoryServer> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('slapd', user)
  const [port, tlsPort] = [await freePort(), await freePort()]
  const [url, tlsUrl] = [`ldap://127.0.0.1:${port}`, `ldaps://127.0.0.1:${tlsPort}`]
  const caFile = await makeCertificate(folder)
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'slapd.conf'), configuration(folder, more))
  handOver(folder, user)
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  // With a level for debugging it stays in the foreground; this one has a line for each operation.
  const command = ['slapd', '-f', join(folder, 'slapd.conf'), '-h', `${url}/ ${tlsUrl}/`, '-d', 'stats']
  const server = startServer(command, { user, env, log: join(folder, 'slapd.log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => accepts(port))

  const client = new Client({ url, timeout: 10_000 })
  await client.bind(ROOT.dn, ROOT.password)
  await client.add(BASE, { objectClass: ['dcObject', 'organization'], o: 'Example' })
  for (const [dn, ou] of [
    [PEOPLE, 'people'],
    [GROUPS, 'groups'],
  ] as const)
    await client.add(dn, { objectClass: 'organizationalUnit', ou })
  await client.add(SERVICE.dn, {
    objectClass: ['applicationProcess', 'simpleSecurityObject'],
    userPassword: SERVICE.password,
  })

  const remove = (dn: string) =>
    client.del(dn).catch((error: { code?: number }) => {
      if (error.code !== 32) throw error
    })

  return {
    url,
    tlsUrl,
    caFile,
    bind: { userDn: SERVICE.dn, password: SERVICE.password },
    settings: (otherwise) => ({ url, userBaseDn: PEOPLE, groupBaseDn: GROUPS, ...otherwise }),
    async person(uid, attributes) {
      await remove(personDn(uid))
      // With extensibleObject an entry may have any attribute, and lack those that others must have.
      const classes = { objectClass: ['account', 'extensibleObject'] }
      await client.add(personDn(uid), { ...classes, uid, ...(attributes as Record<string, string[]>) })
    },
    async group(cn, gid, members, attributes) {
      const dn = `cn=${cn},${GROUPS}`
      await remove(dn)
      // nis.schema's posixGroup has no `member`, which RFC 2307bis gives it.
      await client.add(dn, {
        objectClass: [gid === undefined ? 'applicationProcess' : 'posixGroup', 'extensibleObject'],
        cn,
        ...(gid !== undefined && { gidNumber: gid }),
        ...(members.length > 0 && { member: members.map(personDn), memberUid: [...members] }),
        ...(attributes as Record<string, string[]>),
      })
    },
    add: (dn, attributes) => client.add(dn, attributes as Record<string, string[]>),
    remove,
    searches: () => server.output().match(/ SRCH base=/g)?.length ?? 0,
    output: () => server.output(),
    async stop() {
      await client.unbind()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(folder: string, more: string): string {
  const schemas = ['core', 'cosine', 'inetorgperson', 'nis']
  return `
${schemas.map((each) => `include /etc/ldap/schema/${each}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/slapd.pid
TLSCACertificateFile ${folder}/tls.crt
TLSCertificateFile ${folder}/tls.crt
TLSCertificateKeyFile ${folder}/tls.key
sizelimit unlimited
database mdb
suffix "${BASE}"
directory ${folder}/data
maxsize 268435456
dbnosync
${more}
rootdn "${ROOT.dn}"
rootpw ${ROOT.password}
index objectClass,uid,member,memberUid,gidNumber eq
`
}

async function makeCertificate(folder: string): Promise<string> {
  const [crt, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  await runOrFail([
    ...['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', crt],
  ])
  return crt
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket
      .on('error', () => resolve(false))
      .on('connect', () => {
        socket.destroy()
        resolve(true)
      })
  })
}

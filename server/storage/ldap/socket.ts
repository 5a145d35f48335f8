import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Client } from 'ldapts'
import type { LdapSettings } from '../../settings/ldap.js'

/** How long the directory may take to be connected to, and then for each answer. */
const PATIENCE_MS = 5_000
/** RFC 4511, 4.14. */
const START_TLS = '1.3.6.1.4.1.1466.20037'

/** A connection that is open and, where the settings say so, in TLS and bound. */
export interface LdapSocket {
  readonly client: Client
  readonly isOpen: () => boolean
  readonly close: () => void
}

/**
 * Opens a connection, all of it within five seconds.
 *
 * @param ca certificates to believe in place of the system's
 * @throws what went wrong; nothing stays open then
 */
export async function openLdapSocket(settings: LdapSettings, ca: Buffer | undefined): Promise<LdapSocket> {
  const { url, startTls, userDn, password } = settings
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'ldaps:'
  const address = { host, port: Number(url.port) || (secure ? 636 : 389) }
  // `host` is whose name the certificate must bear. (The name that is sent along must not be an address: RFC 6066, 3.)
  const tls: ConnectionOptions = { host, ...(isIP(host) === 0 && { servername: host }), ...(ca && { ca }) }

  let socket: Socket = secure ? connectTls({ ...address, ...tls }) : connectTcp(address)
  const impatience = setTimeout(() => socket.destroy(new Error('it does not answer')), PATIENCE_MS)
  try {
    socket.on('error', () => undefined)
    await once(socket, secure ? 'secureConnect' : 'connect')
    socket.setKeepAlive(true, 60_000)
    if (startTls) {
      await speak(socket).exop(START_TLS)
      // Whoever sits on the line can send something after the server's yes, still in the clear. The client that heard it is
      // dropped here with whatever it has of that, or it would be taken for the beginning of what comes through TLS.
      socket.removeAllListeners('data')
      socket = connectTls({ ...tls, socket })
      socket.on('error', () => undefined)
      await once(socket, 'secureConnect')
    }
    const client = speak(socket)
    if (userDn && password) await client.bind(userDn, password.reveal())
    const open = socket
    return { client, isOpen: () => !open.destroyed && open.writable, close: () => open.destroy() }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(impatience)
  }
}

/** A client on a connection that is there. It must not make another by itself, which would be neither in TLS nor bound. */
function speak(socket: Socket): Client {
  let taken = false
  return new Client({
    url: 'ldap://directory',
    timeout: PATIENCE_MS,
    createConnection: () => {
      if (taken) throw new Error('the connection was closed')
      taken = true
      return socket
    },
  })
}

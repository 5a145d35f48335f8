import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { Client } from 'ldapts'
import type { LdapSettings } from '../../settings/ldap.js'

/** RFC 4511 §4.14. */
const START_TLS = '1.3.6.1.4.1.1466.20037'

/** A connection that is open and, where the settings say so, in TLS and bound. */
export interface LdapSocket {
  readonly client: Client
  readonly isOpen: () => boolean
  readonly close: () => void
}

/**
 * Opens a connection, all of it within `timeout`, which is then the timeout of each response.
 *
 * @param ca trusted certificates in place of the system's
 * @throws the cause of the failure, after closing the socket
 */
export async function openLdapSocket(settings: LdapSettings, ca: Buffer | undefined): Promise<LdapSocket> {
  const { url, startTls, userDn, password } = settings
  const timeoutMs = settings.timeout * 1000
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'ldaps:'
  const address = { host, port: Number(url.port) || (secure ? 636 : 389) }
  // `host` is whose name the certificate must bear. RFC 6066 §3: the server name must not be an address.
  const tls: ConnectionOptions = { host, ...(isIP(host) === 0 && { servername: host }), ...(ca && { ca }) }

  let socket: Socket = secure ? connectTls({ ...address, ...tls }) : connectTcp(address)
  const timer = setTimeout(() => socket.destroy(new Error('it does not answer')), timeoutMs)
  try {
    socket.on('error', () => undefined)
    await once(socket, secure ? 'secureConnect' : 'connect')
    socket.setKeepAlive(true, 60_000)
    if (startTls) {
      await speak(socket, timeoutMs).exop(START_TLS)
      // Attack: plaintext injected after the server's response to StartTLS. The plaintext client is dropped here with all that
      // it has buffered, or that would be taken for the first data of the TLS connection.
      socket.removeAllListeners('data')
      socket = connectTls({ ...tls, socket })
      socket.on('error', () => undefined)
      await once(socket, 'secureConnect')
    }
    const client = speak(socket, timeoutMs)
    if (userDn && password) await client.bind(userDn, password.reveal())
    const open = socket
    return { client, isOpen: () => !open.destroyed && open.writable, close: () => open.destroy() }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Makes a client of an open socket. It must not reconnect by itself, which would be neither in TLS nor bound. */
function speak(socket: Socket, timeout: number): Client {
  let isTaken = false
  return new Client({
    url: 'ldap://directory',
    timeout,
    createConnection: () => {
      if (isTaken) throw new Error('the connection was closed')
      isTaken = true
      return socket
    },
  })
}

import cluster from 'node:cluster'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, statSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { OperatorError } from '../../core/operator-error.js'

/** An address to listen on: a TCP port or a Unix socket. */
export type ListenAddress = { readonly port: number; readonly host: string } | { readonly path: string }

export function nameOf(address: ListenAddress): string {
  return 'path' in address ? `unix:${address.path}` : `${address.host}, port ${address.port}`
}

/**
 * Starts listening. Removes a socket that a killed server left behind; where there are workers only the primary does,
 * because of two that looked at once the slower one would remove the other's new socket.
 *
 * @throws {OperatorError} when the address cannot be listened on
 */
export async function listen(server: Server, address: ListenAddress): Promise<void> {
  if (cluster.isPrimary) await removeDeadSocket(address)
  const failed = once(server, 'error').then(([error]) => Promise.reject(error))
  try {
    await Promise.race([failed, new Promise<void>((resolve) => server.listen(address, resolve))])
  } catch (error) {
    throw explain(address, error as NodeJS.ErrnoException)
  }
  if ('path' in address) openToProxy(address.path)
}

/**
 * Opens a socket to Postern and the group of its folder alone, to which the proxy belongs.
 *
 * Attack: an account of this machine asks the checks for tokens in the name of any service, and names any address as its own.
 */
function openToProxy(path: string): void {
  const { gid } = statSync(dirname(path))
  try {
    if (statSync(path).gid !== gid) chownSync(path, -1, gid)
  } catch {
    // Only a member of a group gives it a file: adviceOnSocket says what to do.
  }
  chmodSync(path, 0o660)
}

function explain(address: ListenAddress, error: NodeJS.ErrnoException): OperatorError {
  const setting = 'path' in address ? 'POSTERN_INTERNAL_LISTEN' : 'POSTERN_PORT'
  const inUse = error.code === 'EADDRINUSE'
  const what = 'path' in address ? `The socket ${address.path}` : `Port ${address.port}`
  const message = inUse ? `${what} is in use.` : `Cannot listen on ${nameOf(address)} (${error.code}).`
  return new OperatorError(message, `Stop the program that uses it, or choose another with ${setting}.`, {
    cause: error,
  })
}

/** Removes a Unix socket on which no process listens. */
export async function removeDeadSocket(address: ListenAddress): Promise<void> {
  if (!('path' in address)) return
  const { path } = address
  if (!existsSync(path) || !statSync(path).isSocket()) return
  const probe = connect(path)
  const answered = await Promise.race([
    once(probe, 'connect').then(() => true),
    once(probe, 'error').then(() => false),
  ]).catch(() => false)
  probe.destroy()
  if (!answered) unlinkSync(path)
}

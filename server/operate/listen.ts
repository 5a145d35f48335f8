import { once } from 'node:events'
import { existsSync, statSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { StartError } from './start-error.js'

/** A port, or a Unix socket. */
export type ListenAddress = { readonly port: number; readonly host: string } | { readonly path: string }

export function nameOf(address: ListenAddress): string {
  return 'path' in address ? `unix:${address.path}` : `${address.host}, port ${address.port}`
}

/** Begins to listen; a socket that a killed server left behind is taken over. Throws {@link StartError} where it cannot. */
export async function listen(server: Server, address: ListenAddress): Promise<void> {
  if ('path' in address) await removeDeadSocket(address.path)
  // Who may open the socket is decided by the folder that it is in.
  const options = 'path' in address ? { ...address, readableAll: true, writableAll: true } : address
  const failed = once(server, 'error').then(([error]) => Promise.reject(error))
  try {
    await Promise.race([failed, new Promise<void>((resolve) => server.listen(options, resolve))])
  } catch (error) {
    throw explain(address, error as NodeJS.ErrnoException)
  }
}

function explain(address: ListenAddress, error: NodeJS.ErrnoException): StartError {
  const setting = 'path' in address ? 'POSTERN_INTERNAL_LISTEN' : 'POSTERN_PORT'
  const inUse = error.code === 'EADDRINUSE'
  const what = 'path' in address ? `The socket ${address.path}` : `Port ${address.port}`
  const message = inUse ? `${what} is in use.` : `Cannot listen on ${nameOf(address)} (${error.code}).`
  return new StartError(message, `Stop the program that uses it, or choose another with ${setting}.`, { cause: error })
}

async function removeDeadSocket(path: string): Promise<void> {
  if (!existsSync(path) || !statSync(path).isSocket()) return
  const probe = connect(path)
  const answered = await Promise.race([
    once(probe, 'connect').then(() => true),
    once(probe, 'error').then(() => false),
  ]).catch(() => false)
  probe.destroy()
  if (!answered) unlinkSync(path)
}

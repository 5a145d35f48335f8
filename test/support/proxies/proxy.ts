import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Server } from '../run/processes.js'

/** Ports of 127.0.0.1. */
export interface ProxyOptions {
  readonly port: number
  readonly posternPort: number
  /** Where Postern takes checks, when that is a Unix socket instead of the same port. */
  readonly checksSocket?: string
  readonly tapPort: number
  readonly portalPort: number
  /** TLS at `port`, by the lines that the shipped files have as comments or name, and the port that leads there. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly plainPort: number }
  /** The path of the base URL, such as `/postern`. */
  readonly path?: string
  /** nginx: the site's own host; 127.0.0.1 when not given. */
  readonly host?: string
  /** nginx: other hosts of services, as the list in the shipped file has them: names, or patterns that begin with `~`. */
  readonly serviceHosts?: readonly string[]
  /** nginx: whether `host` is Postern's alone, as by own-host/postern.host.conf. */
  readonly ownHost?: boolean
  /**
   * nginx and Envoy: false for loads that send more from one address than the shipped limits let through; `small` for a tenth
   * of their bursts, and next to nothing a second, so that a busy machine reaches them as well as a quick one.
   */
  readonly limits?: false | 'small'
  /** More of the proxy's own configuration, as an operator puts it into `postern/services/`. */
  readonly services?: string
}

/** The documents of the OpenID Connect server, as the patterns of the shipped files have them. */
export const DOCUMENTS = String.raw`\.well-known/((openid-configuration|jwks\.json|oauth-authorization-server|change-password)$|oauth-protected-resource(/|$))`

/** Takes the comment signs off the lines of a shipped file from the first to the last of these. */
export function withLines(shipped: string, from: string, to: string): string {
  const start = shipped.indexOf(`# ${from}`)
  const end = shipped.indexOf(to, start) + to.length
  if (start < 0 || end < start) throw new Error(`The shipped configuration should have "${from}" as a comment`)
  return shipped.slice(0, start) + shipped.slice(start, end).replace(/(^|\n *)# /g, '$1') + shipped.slice(end)
}

/** A real proxy with the configuration that is shipped for it, of which only the addresses are changed. */
export interface RunningProxy {
  /** What clients see, without a slash at the end. */
  readonly url: string
  readonly pid: number
  accessLog(): string
  errorLog(): string
  stop(): Promise<void>
}

/** Puts addresses into a shipped file. Throws where it does not say each of them exactly once, as deploy/docs/proxies.md promises. */
export function withAddresses(shipped: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`The shipped configuration should say "${from}" once`)
    return text.replace(from, () => to)
  }, shipped)
}

interface Started {
  readonly url: string
  readonly server: Server
  /** Its own, which goes when it stops. */
  readonly folder: string
}

/** A proxy that logs requests in `postern.log` of its folder, and its errors on its output. */
export function withAccessLog(started: Started): RunningProxy {
  const accessLog = () => readFileSync(join(started.folder, 'postern.log'), 'utf8')
  return { ...running(started), accessLog, errorLog: () => started.server.output() }
}

/** A proxy that logs both on its output, where lines of its own begin with a bracket. */
export function withOneLog(started: Started): RunningProxy {
  const lines = (isOwn: boolean) =>
    started.server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('[') === isOwn)
      .join('\n')
  return { ...running(started), accessLog: () => lines(false), errorLog: () => lines(true) }
}

function running({ url, server, folder }: Started) {
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url, pid: server.pid, stop }
}

import type { Undo } from '../../support/run/at-end.js'
import type { Measured } from '../parts/postern-and-bare.js'

/** A check as a proxy asks it: the lines that the proxy adds, and the line of the client's credential. */
export interface Ask {
  readonly path: string
  /** The host that the server is asked for; 127.0.0.1 when not given. */
  readonly host?: string
  readonly headers: Readonly<Record<string, string>>
  readonly valid: string
  /** The status by which it admits a request asked directly; 200 when not given. */
  readonly admits?: number
  /** Of the same form, with another secret or signature; a server that checks nothing has none. */
  readonly refused?: string
}

/** A server that is measured, one way to configure and ask it. */
export interface Contender {
  readonly name: string
  readonly version: string
  /** The checks that it makes of a valid credential. */
  readonly checks: string
  readonly configured: string
  /** Without a process of which the CPU time is known, it is measured directly alone. */
  readonly server: Measured
  /** The same server at a Unix socket, where that is measured. */
  readonly atSocket?: Measured & { readonly checksSocket: string }
  readonly ask: Ask
}

/** What a peer is started with. */
export interface Start {
  /** The path of its program. */
  readonly program: string
  /** An empty folder of its own. */
  readonly folder: string
  /** A Redis for those that keep sessions in one. */
  readonly redisUrl: string
  /** Puts a program on the servers' CPU: before it starts, because Go has as many threads as there are CPUs then. */
  readonly onCpu: readonly string[]
  readonly atEnd: (undo: Undo) => void
}

/** A kind of peer: the name of its program, and how it is started. */
export interface PeerKind {
  readonly program: string
  start(options: Start): Promise<Contender[]>
}

/** The proxy's lines for servers that read the original request from `X-Forwarded-…`. */
export const FORWARDED = {
  'X-Forwarded-Method': 'GET',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'data.example.org',
  'X-Forwarded-Uri': '/tap/sync',
  'X-Forwarded-For': '192.0.2.17',
}

/** The same for servers that read it from `X-Original-…`. */
export const ORIGINAL = {
  'X-Original-URL': 'https://data.example.org/tap/sync',
  'X-Original-Method': 'GET',
  'X-Forwarded-For': '192.0.2.17',
}

/** Changes the last characters that carry meaning: base64url's very last one may stand for bits that are not read. */
export function forged(credential: string): string {
  return credential.replace(/.(.{4})$/, (_, end: string) => (credential.at(-5) === 'A' ? `B${end}` : `A${end}`))
}

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../support/run/ports.js'
import { type Server, startServer, untilReady } from '../../../support/run/processes.js'
import { temporaryFolder } from '../../../support/run/unprivileged.js'
import type { Browser, Page } from './browser.js'
import type { TwoProcesses } from './site.js'

/** What a client has of a user who is signed in to it. */
export interface SignedIn {
  readonly username: string
  readonly groups: readonly string[]
  /** Where the client has administrators by group. */
  readonly isAdmin?: boolean
  readonly accessToken: string
  /** Where the client shows it. */
  readonly refreshToken?: string
}

/** A client of Postern's with pages, in a process of its own. */
export interface WebClient {
  readonly origin: string
  /** A page for users who are signed in; others are led to Postern. */
  readonly entrance: string
  /** Where its users sign out. */
  readonly exit: string
  /** For whom it takes a browser; undefined when it wants a sign-in. */
  look(browser: Browser): Promise<SignedIn | undefined>
  /** Has it get new tokens, for a browser that looks at it afterwards. */
  refresh(browser: Browser, site: TwoProcesses): Promise<void>
  stop(): Promise<void>
}

/** What Postern registered it by. */
export interface Registered {
  readonly origin: string
  readonly issuer: string
  readonly id: string
  readonly secret: string
}

/** A kind of client, before it is started. */
export interface WebClientKind {
  readonly redirectPath: string
  readonly leftPath: string
  start(registered: Registered): Promise<WebClient>
  /** Returns whether a page is how it shows that it could not sign a user in. */
  isFailure(page: Page): boolean
}

export const freeOrigin = async () => `http://127.0.0.1:${await freePort()}`

/** Starts the program of a client in an empty folder, and waits until it is ready. */
export async function startProgram(
  command: (folder: string) => readonly string[],
  env: NodeJS.ProcessEnv,
  isReady: () => Promise<boolean>,
): Promise<Server> {
  const folder = temporaryFolder('openid-client')
  const server = startServer(command(folder), {
    env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', ...env },
    cwd: folder,
    log: join(folder, 'log'),
    stopSignal: 'SIGTERM',
  })
  await untilReady(server, isReady)
  return {
    ...server,
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

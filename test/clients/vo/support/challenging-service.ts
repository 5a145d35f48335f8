import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A service that Postern does not guard, with challenges of its own choice. */
export interface ChallengingService {
  readonly port: number
  /** The headers of each request, oldest first. */
  readonly asked: readonly IncomingHttpHeaders[]
  challengeWith(challenge: string): void
  stop(): Promise<void>
}

/** Answers 401 with the challenge to clients that send neither `Authorization` nor a cookie, and 200 to others. */
export async function startChallengingService(): Promise<ChallengingService> {
  const asked: IncomingHttpHeaders[] = []
  let challenge = ''
  const server = createServer(({ headers }, response) => {
    asked.push(headers)
    const isKnown = headers.authorization !== undefined || headers.cookie !== undefined
    response.writeHead(isKnown ? 200 : 401, isKnown ? {} : { 'WWW-Authenticate': challenge }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    challengeWith: (given) => {
      challenge = given
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

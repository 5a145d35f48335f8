import type { Server } from 'node:http'
import type { Express } from 'express'
import type { Logger } from 'pino'
import { createApp } from './app.js'
import { ingress } from './check/ingress.js'
import { rateLimiter } from './check/rate-limiter.js'
import { createHttpServer, type Handler, nothingHere } from './http.js'
import { addFirstAdministrator } from './operate/first-administrator.js'
import { health } from './operate/health.js'
import { type ListenAddress, listen, nameOf } from './operate/listen.js'
import { openLog } from './operate/log.js'
import { mailer } from './operate/mail.js'
import { type Opened, open } from './operate/open.js'
import { repeat } from './operate/repeat.js'
import { explainStart } from './operate/start-error.js'
import { untilToldToStop } from './operate/stop-signal.js'
import { loadSettings } from './settings/load.js'
import type { Settings } from './settings/schema.js'
import type { Context } from './stores/context.js'
import { endIdleTokens } from './tokens/end-idle.js'
import { expireTokens } from './tokens/expire.js'
import { forgetHistory } from './tokens/forget-history.js'
import { FLUSH_SECONDS, Uses } from './tokens/uses.js'
import { warnOfEnds } from './tokens/warn.js'

/** How soon a quota override reaches those whom nothing else limits. */
const REFRESH_MS = 5_000
const SWEEP_MS = 60_000
const FORGET_MS = 3_600_000
const WARN_MS = 600_000
/** How long requests under way may take to finish when we are told to stop. */
const DRAIN_MS = 5_000

async function main(): Promise<void> {
  const told = untilToldToStop()
  const settings = loadSettings(process.env)
  const log = openLog(settings)
  const house = await open(settings, log, { role: 'server', onStoreExit: told.stop })
  const { context } = house
  const uses = new Uses()
  const limiter = rateLimiter(context, log)
  const app = createApp(context, uses, log)
  const inside = [ingress(context, uses, limiter, log), health(context)]
  const doors = openDoors(settings, app, inside)
  try {
    await limiter.refresh()
    for (const { server, address } of doors) await listen(server, address)
    const administrator = await addFirstAdministrator(context)
    greet(settings, administrator)
  } catch (error) {
    await house.close()
    throw error
  }
  const flushing = repeat(FLUSH_SECONDS * 1000, () => uses.flush(context), log)
  const refreshing = repeat(REFRESH_MS, () => limiter.refresh(), log)
  const forgetting = repeat(FORGET_MS, () => forgetHistory(context), log)
  const send = mailer(settings)
  const warning = repeat(WARN_MS, async () => void (send && (await warnOfEnds(context, send))), log)
  const sweeping = repeat(SWEEP_MS, () => sweep(context), log)

  log.info({ reason: await told.reason }, 'Stopping')
  await Promise.all(doors.map(({ server }) => drain(server)))
  await Promise.all([flushing.stop(), refreshing.stop(), forgetting.stop(), warning.stop(), sweeping.stop()])
  await finish(house, uses, log)
}

async function finish(house: Opened, uses: Uses, log: Logger): Promise<void> {
  await uses.flush(house.context).catch((error: unknown) => log.warn({ err: error }, 'The last uses were not written'))
  await house.close()
}

interface Door {
  readonly server: Server
  readonly address: ListenAddress
}

/** One door for everybody; or two, one of them for proxies and monitors alone, which the other then does not know. */
function openDoors({ port, host, internalListen }: Settings, app: Express, inside: readonly Handler[]): Door[] {
  const address = { port, host }
  if (!internalListen) return [{ server: createHttpServer(inside, app), address }]
  return [
    { server: createHttpServer([], app), address },
    { server: createHttpServer(inside, nothingHere), address: internalListen },
  ]
}

async function sweep(context: Context): Promise<void> {
  await expireTokens(context)
  await endIdleTokens(context)
}

/** Lets requests under way finish, takes no new ones, and after a while does not wait any longer. */
async function drain(server: Server): Promise<void> {
  const impatient = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeIdleConnections()
  })
  clearTimeout(impatient)
}

/** For the person at the terminal; not for the log, which is kept. */
function greet(settings: Settings, administrator: Awaited<ReturnType<typeof addFirstAdministrator>>): void {
  const { port, host, baseUrl, internalListen } = settings
  const lines = [`Postern is at ${baseUrl.origin} (listening on ${host}, port ${port}).`]
  if (internalListen) lines.push(`The checks are at ${nameOf(internalListen)}.`)
  if (administrator) {
    lines.push(
      `Sign in as ${administrator.username} with the password ${administrator.password.reveal()}`,
      'It is not shown again. Change it with: npx postern account passwd admin',
    )
  }
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${explainStart(error) ?? (error as Error).stack}\n`)
    process.exit(1)
  },
)

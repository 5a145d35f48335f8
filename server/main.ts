import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { createApp } from './app.js'
import { ingressAuth } from './check/ingress-auth.js'
import { createHttpServer } from './http.js'
import { addFirstAdministrator } from './operate/first-administrator.js'
import { openLog } from './operate/log.js'
import { type Opened, open } from './operate/open.js'
import { repeat } from './operate/repeat.js'
import { explainStart, StartError } from './operate/start-error.js'
import { untilToldToStop } from './operate/stop-signal.js'
import { loadSettings } from './settings/load.js'
import type { Settings } from './settings/schema.js'
import { expireTokens } from './tokens/expire.js'
import { Uses } from './tokens/uses.js'

/** Seconds of "last used" that a crash may lose. */
const FLUSH_MS = 3_000
const SWEEP_MS = 60_000
/** How long requests under way may take to finish when we are told to stop. */
const DRAIN_MS = 5_000

async function main(): Promise<void> {
  const told = untilToldToStop()
  const settings = loadSettings(process.env)
  const log = openLog(settings)
  const house = await open(settings, log, { role: 'server', onStoreExit: told.stop })
  const { context } = house
  const uses = new Uses()
  const server = createHttpServer(createApp(context, uses, log), ingressAuth(context, uses, log))
  try {
    await listen(server, settings)
    const administrator = await addFirstAdministrator(context)
    greet(settings, server, administrator)
  } catch (error) {
    await house.close()
    throw error
  }
  const flushing = repeat(FLUSH_MS, () => uses.flush(context), log)
  const sweeping = repeat(SWEEP_MS, () => expireTokens(context), log)

  log.info({ reason: await told.reason }, 'Stopping')
  await drain(server)
  await Promise.all([flushing.stop(), sweeping.stop()])
  await finish(house, uses, log)
}

async function finish(house: Opened, uses: Uses, log: Logger): Promise<void> {
  await uses.flush(house.context).catch((error: unknown) => log.warn({ err: error }, 'The last uses were not written'))
  await house.close()
}

function listen(server: Server, { port, host }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE'
      const what = inUse ? `Port ${port} is in use.` : `Cannot listen on ${host}, port ${port} (${error.code}).`
      reject(
        new StartError(what, 'Stop the program that uses it, or choose another with POSTERN_PORT.', { cause: error }),
      )
    })
    server.listen({ port, host }, resolve)
  })
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
function greet(
  settings: Settings,
  server: Server,
  administrator: Awaited<ReturnType<typeof addFirstAdministrator>>,
): void {
  const { port } = server.address() as AddressInfo
  const lines = [`Postern is at ${settings.baseUrl.origin} (listening on ${settings.host}, port ${port}).`]
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

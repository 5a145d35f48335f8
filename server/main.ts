import cluster from 'node:cluster'
import type { Logger } from 'pino'
import { CrewMetrics } from './operate/cluster/metrics-aggregator.js'
import { employment } from './operate/cluster/worker.js'
import { Crew } from './operate/cluster/worker-pool.js'
import { maintain } from './operate/jobs/schedule.js'
import type { Farewell } from './operate/lifecycle/drain.js'
import { addFirstAdministrator } from './operate/lifecycle/first-administrator.js'
import { nameOf, removeDeadSocket } from './operate/lifecycle/listen.js'
import { open } from './operate/lifecycle/open-stores.js'
import { untilToldToStop } from './operate/lifecycle/shutdown-signal.js'
import { explainStart } from './operate/lifecycle/startup-error.js'
import { workersOf } from './operate/lifecycle/worker-count.js'
import { openLog } from './operate/observability/log.js'
import { openMetrics, readingsOf } from './operate/observability/metrics.js'
import { type Serving, serve } from './serve.js'
import { loadSettings } from './settings/load.js'
import type { Settings } from './settings/schema.js'
import type { Context } from './storage/context.js'

/** The process that was started: it opens the stores and looks after them; and it serves, or has workers that do. */
async function run(): Promise<void> {
  const told = untilToldToStop()
  const settings = loadSettings(process.env)
  const log = openLog(settings)
  const house = await open(settings, log, { role: 'server', onStoreExit: told.stop })
  const giveUp = (error: Error) => {
    complain(error)
    told.stop(error.message)
  }
  let serving: Serving
  try {
    serving = await (workersOf(settings) === 1 ? serveAlone(house.context, log) : lead(house.context, log, giveUp))
    greet(settings, await addFirstAdministrator(house.context))
  } catch (error) {
    await house.close()
    throw error
  }
  const maintenance = maintain(house.context, log)
  const reason = await told.reason
  log.info({ reason }, 'Stopping')
  await serving.stop(farewellFor(reason, settings))
  await maintenance.stop()
  await house.close()
}

function serveAlone(context: Context, log: Logger): Promise<Serving> {
  process.on('SIGUSR2', () => log.warn('There are no workers to restart: POSTERN_WORKERS is 1'))
  return serve(context, log, (registry) => () => registry.metrics())
}

async function lead(context: Context, log: Logger, onGiveUp: (why: Error) => void): Promise<Serving> {
  const { settings } = context
  const metrics = new CrewMetrics(openMetrics(readingsOf(context)))
  const graceMs = settings.stopGrace * 1000
  const crew = new Crew({ size: workersOf(settings), graceMs, log, onGiveUp, onFork: (each) => metrics.follow(each) })
  if (settings.internalListen) await removeDeadSocket(settings.internalListen)
  try {
    await crew.start()
  } catch (error) {
    await crew.stop({ graceMs: 0, listening: true })
    throw error
  }
  process.on('SIGUSR2', () => void crew.restart())
  return crew
}

/** A process that serves beside others. */
async function work(): Promise<void> {
  const job = employment()
  const settings = loadSettings(process.env)
  const log = openLog(settings)
  const house = await open(settings, log, { role: 'worker' })
  try {
    const serving = await serve(house.context, log, job.share)
    job.ready()
    await serving.stop(await job.dismissed)
    await job.leave()
  } finally {
    await house.close()
  }
}

/** A service manager's SIGTERM leaves load balancers time to look elsewhere; whoever presses Ctrl-C waits for us. */
function farewellFor(reason: string, { stopGrace }: Settings): Farewell {
  return { graceMs: reason === 'SIGTERM' ? stopGrace * 1000 : 0, listening: true }
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

function complain(error: unknown): void {
  process.exitCode = 1
  process.stderr.write(`${explainStart(error) ?? (error as Error).stack}\n`)
}

await (cluster.isPrimary ? run() : work()).catch(complain)
process.exit()

import cluster from 'node:cluster'
import { MetricsAggregator } from './operate/cluster/metrics-aggregator.js'
import { workerChannel } from './operate/cluster/worker.js'
import { WorkerPool } from './operate/cluster/worker-pool.js'
import { scheduleJobs } from './operate/jobs/schedule.js'
import type { DrainOptions } from './operate/lifecycle/drain.js'
import { addFirstAdministrator } from './operate/lifecycle/first-administrator.js'
import { nameOf, removeDeadSocket } from './operate/lifecycle/listen.js'
import { openStores } from './operate/lifecycle/open-stores.js'
import { waitForShutdown } from './operate/lifecycle/shutdown-signal.js'
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
  const told = waitForShutdown()
  const settings = loadSettings(process.env)
  const log = openLog(settings)
  const house = await openStores(settings, log, { role: 'server', onStoreExit: told.stop })
  const giveUp = (error: Error) => {
    reportFailure(error)
    told.stop(error.message)
  }
  let serving: Serving
  try {
    serving = await (workersOf(settings) === 1 ? serveAlone(house.context) : lead(house.context, giveUp))
    printWelcome(settings, await addFirstAdministrator(house.context))
  } catch (error) {
    await house.close()
    throw error
  }
  const maintenance = scheduleJobs(house.context, log)
  const reason = await told.reason
  log.info({ reason }, 'Stopping')
  await serving.stop(drainOptionsFor(reason, settings))
  await maintenance.stop()
  await house.close()
}

function serveAlone(context: Context): Promise<Serving> {
  process.on('SIGUSR2', () => context.log.warn('There are no workers to restart: POSTERN_WORKERS is 1'))
  return serve(context, (registry) => () => registry.metrics())
}

async function lead(context: Context, onGiveUp: (why: Error) => void): Promise<Serving> {
  const { settings, log } = context
  const metrics = new MetricsAggregator(openMetrics(readingsOf(context)))
  const graceMs = settings.stopGrace * 1000
  const crew = new WorkerPool({
    size: workersOf(settings),
    graceMs,
    log,
    onGiveUp,
    onFork: (each) => metrics.follow(each),
  })
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
  const job = workerChannel()
  const settings = loadSettings(process.env)
  const log = openLog(settings)
  const house = await openStores(settings, log, { role: 'worker' })
  try {
    const serving = await serve(house.context, job.share)
    job.ready()
    await serving.stop(await job.stopRequested)
    await job.reportFinalMetrics()
  } finally {
    await house.close()
  }
}

/** A service manager's SIGTERM leaves load balancers time to look elsewhere; whoever presses Ctrl-C waits for us. */
function drainOptionsFor(reason: string, { stopGrace }: Settings): DrainOptions {
  return { graceMs: reason === 'SIGTERM' ? stopGrace * 1000 : 0, listening: true }
}

/** For the person at the terminal; not for the log, which is kept. */
function printWelcome(settings: Settings, administrator: Awaited<ReturnType<typeof addFirstAdministrator>>): void {
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

function reportFailure(error: unknown): void {
  process.exitCode = 1
  process.stderr.write(`${explainStart(error) ?? (error as Error).stack}\n`)
}

await (cluster.isPrimary ? run() : work()).catch(reportFailure)
process.exit()

import cluster from 'node:cluster'
import { sentencesOf } from './core/backup/came-back.js'
import { siteAddress } from './core/site/base-path.js'
import { importClients } from './openid/clients.js'
import { MetricsAggregator } from './operate/cluster/metrics-aggregator.js'
import { workerChannel } from './operate/cluster/worker.js'
import { WorkerPool } from './operate/cluster/worker-pool.js'
import { scheduleJobs } from './operate/jobs/schedule.js'
import { adviceOnAddress } from './operate/lifecycle/advice-on-address.js'
import { adviceOnSocket } from './operate/lifecycle/advice-on-socket.js'
import type { DrainOptions } from './operate/lifecycle/drain.js'
import { addFirstAdministrator, adviceOnAdministrators } from './operate/lifecycle/first-administrator.js'
import { nameOf, removeDeadSocket } from './operate/lifecycle/listen.js'
import { openStores } from './operate/lifecycle/open-stores.js'
import { recordSettings } from './operate/lifecycle/record-settings.js'
import { waitForShutdown } from './operate/lifecycle/shutdown-signal.js'
import { explainStart } from './operate/lifecycle/startup-error.js'
import { workersOf } from './operate/lifecycle/worker-count.js'
import { openLog } from './operate/observability/log.js'
import { openMetrics, readingsOf } from './operate/observability/metrics.js'
import { startTelemetry, type Telemetry } from './operate/telemetry/telemetry.js'
import type { Serving, WorkerShare } from './serve.js'
import { loadSettings } from './settings/load.js'
import type { Settings } from './settings/schema.js'
import type { Unused } from './settings/translate/gafaelfawr.js'
import type { Context } from './storage/context.js'

/** Runs the main process: it opens the stores, runs the jobs, and serves or starts workers that serve. */
async function run(): Promise<void> {
  const shutdown = waitForShutdown()
  const unused: Unused[] = []
  const settings = loadSettings(process.env, (each) => void unused.push(each))
  const log = openLog(settings)
  for (const each of unused) log.warn(each, 'Setting of Gafaelfawr has no effect')
  const stores = await openStores(settings, log, { role: 'server', onStoreExit: shutdown.stop })
  const giveUp = (error: Error) => {
    reportFailure(error)
    shutdown.stop(error.message)
  }
  const telemetry = await startTelemetry(stores.context)
  let serving: Serving
  try {
    const alone = workersOf(settings) === 1
    serving = await (alone ? serveAlone(stores.context, telemetry) : lead(stores.context, telemetry, giveUp))
    await recordSettings(stores.context)
    await importClients(stores.context)
    const administrator = await addFirstAdministrator(stores.context)
    const { unconfirmed } = stores.context.restoreLock
    for (const each of unconfirmed) log.warn(each, 'Restore not confirmed')
    printWelcome(settings, administrator, [
      ...sentencesOf(unconfirmed),
      adviceOnAddress(settings),
      adviceOnSocket(settings),
      await adviceOnAdministrators(stores.context),
    ])
  } catch (error) {
    await stores.close()
    throw error
  }
  const jobs = scheduleJobs(stores.context, log)
  const reason = await shutdown.reason
  log.info({ reason }, 'Stopping')
  await serving.stop(drainOptionsFor(reason, settings))
  await jobs.stop()
  await telemetry?.stop()
  await stores.close()
}

async function serveAlone(context: Context, telemetry: Telemetry | undefined): Promise<Serving> {
  const { serve } = await loadServer()
  process.on('SIGUSR2', () => context.log.warn('No workers to restart, POSTERN_WORKERS is 1'))
  const share: WorkerShare = (registry) => {
    telemetry?.exportMetrics(() => registry.getMetricsAsJSON())
    return () => registry.metrics()
  }
  return serve(context, share, telemetry?.around)
}

async function lead(
  context: Context,
  telemetry: Telemetry | undefined,
  onGiveUp: (why: Error) => void,
): Promise<Serving> {
  const { settings, log } = context
  const metrics = new MetricsAggregator(openMetrics(readingsOf(context)))
  const graceMs = settings.stopGrace * 1000
  const pool = new WorkerPool({
    size: workersOf(settings),
    graceMs,
    log,
    onGiveUp,
    onFork: (each) => metrics.follow(each),
  })
  if (settings.internalListen) await removeDeadSocket(settings.internalListen)
  try {
    await pool.start()
  } catch (error) {
    await pool.stop({ graceMs: 0, listening: true })
    throw error
  }
  telemetry?.exportMetrics(() => metrics.read())
  process.on('SIGUSR2', () => void pool.restart())
  return pool
}

/** Pages, API and ingress, a third of what a process loads: the primary of workers starts without. */
function loadServer() {
  return import('./serve.js')
}

/** Runs a worker process. */
async function work(): Promise<void> {
  const channel = workerChannel()
  const settings = loadSettings(process.env)
  const log = openLog(settings)
  const stores = await openStores(settings, log, { role: 'worker' })
  const telemetry = await startTelemetry(stores.context)
  try {
    const { serve } = await loadServer()
    const serving = await serve(stores.context, channel.share, telemetry?.around)
    channel.ready()
    await serving.stop(await channel.stopRequested)
    await channel.reportFinalMetrics()
  } finally {
    await telemetry?.stop()
    await stores.close()
  }
}

/** Allows load balancers time after a service manager's SIGTERM; an operator who presses Ctrl-C waits for the exit. */
function drainOptionsFor(reason: string, { stopGrace }: Settings): DrainOptions {
  return { graceMs: reason === 'SIGTERM' ? stopGrace * 1000 : 0, listening: true }
}

/** Prints to the terminal, not to the log: the log is archived, and must not hold a password. */
function printWelcome(
  settings: Settings,
  administrator: Awaited<ReturnType<typeof addFirstAdministrator>>,
  advice: readonly (string | undefined)[],
): void {
  const { port, host, baseUrl, internalListen } = settings
  const lines = [`Postern is at ${siteAddress(baseUrl)} (listening on ${host}, port ${port}).`]
  if (internalListen) lines.push(`The checks are at ${nameOf(internalListen)}.`)
  if (administrator) {
    lines.push(
      `Sign in as ${administrator.username} with the password ${administrator.password.reveal()}`,
      'It is not shown again, and you choose another when you sign in.',
    )
  }
  lines.push(...advice.filter((each) => each !== undefined))
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

function reportFailure(error: unknown): void {
  process.exitCode = 1
  process.stderr.write(`${explainStart(error) ?? (error as Error).stack}\n`)
}

await (cluster.isPrimary ? run() : work()).catch(reportFailure)
process.exit()

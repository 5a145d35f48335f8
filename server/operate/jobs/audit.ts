import type { Logger } from 'pino'
import { alarmOfEvent } from '../../core/alarm/break-glass.js'
import { DAY, HOUR } from '../../core/time.js'
import { copyTerms } from '../../storage/audit/copy-terms.js'
import { extendChain, readPlace } from '../../storage/audit/extend-chain.js'
import { pruneAudit } from '../../storage/audit/prune.js'
import { verifyChain } from '../../storage/audit/verify-chain.js'
import type { Context } from '../../storage/context.js'
import { sendToSink } from '../audit/sink.js'
import { type Interval, runEvery } from './interval.js'
import type { Lease } from './lease.js'

const CHAIN_MS = 1_000
/** Events of a former version are copied in batches, so that no act waits for them: ten millions in three hours. */
const COPY_MS = 1_000
const HEAD_MS = HOUR * 1000
const PRUNE_MS = HOUR * 1000
const SINK_MS = 10_000
const VERIFY_MS = DAY * 1000
const FLUSH_MS = 1_000

/** Writes the refusals of a process to the audit table every second, and once more when it stops. */
export function flushRefusals({ audit, postgres, log }: Context): Interval {
  const flushing = runEvery(FLUSH_MS, () => audit.flush(postgres), log)
  return {
    async stop() {
      await flushing.stop()
      await audit.flush(postgres).catch((error: unknown) => log.warn({ err: error }, 'Refusals not written'))
    },
  }
}

/**
 * Chains the audit events of all processes, logs the head each hour, and verifies daily. Only the primary does. Each chains,
 * because alarms are raised from it: none waits until a lease has passed on.
 */
export function keepAuditChain(context: Context, log: Logger, lease: Pick<Lease, 'only'>): Interval {
  const prune = () => pruneAudit(context, context.clock() - context.settings.audit.retention)
  const jobs = [
    runEvery(CHAIN_MS, () => chainEvents(context), log),
    runEvery(COPY_MS, () => copyTerms(context.postgres), log),
    runEvery(HEAD_MS, () => logAuditHead(context, log), log),
    runEvery(SINK_MS, () => sendToSink(context), log),
    runEvery(PRUNE_MS, lease.only(prune), log),
    runEvery(
      VERIFY_MS,
      lease.only(() => verifyAuditChain(context, log)),
      log,
    ),
  ]
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()))
      await chainEvents(context).catch((error: unknown) => log.warn({ err: error }, 'Audit events not chained'))
    },
  }
}

type ChainContext = Pick<Context, 'postgres' | 'audit' | 'alarms'>

/**
 * Chains all new events, and logs those of commands: a command has no log of its own. Raises the alarms of emergencies here,
 * where each event of every process and command passes once.
 *
 * @returns their number
 */
export async function chainEvents({ postgres, audit, alarms }: ChainContext): Promise<number> {
  for (let total = 0; ; ) {
    const links = await extendChain(postgres)
    const events = links.map(({ event }) => event)
    for (const alarm of events.map(alarmOfEvent)) if (alarm) alarms.raise(alarm)
    audit.logCommands(events)
    if (links.length === 0) return total
    total += links.length
  }
}

/**
 * Logs the head of the chain. The log is kept elsewhere: an attacker who rewrites the table as a whole cannot rewrite the lines
 * that were logged before.
 */
export async function logAuditHead({ postgres }: Pick<Context, 'postgres'>, log: Logger): Promise<void> {
  const head = await readPlace(postgres.pool, 'head')
  if (head) log.info(head, 'Audit chain head')
}

/** Verifies the chain, and logs the first event that was edited, deleted or moved. */
export async function verifyAuditChain({ postgres }: Pick<Context, 'postgres'>, log: Logger): Promise<void> {
  const verified = await verifyChain(postgres)
  if ('fault' in verified) log.error(verified, 'Audit chain broken')
}

import type { Logger } from 'pino'
import { carryOnAll } from '../../login/incident/carry-on.js'
import { pruneDevices } from '../../openid/device/prune.js'
import { pruneKeys } from '../../openid/keys/rotate-key.js'
import { tellClients } from '../../openid/tell-clients.js'
import type { Context } from '../../storage/context.js'
import { endSuspensions } from '../../tokens/incident/end-suspensions.js'
import { mailNotices } from '../../tokens/notices/mail-notices.js'
import { pruneHistory } from '../../tokens/prune-history.js'
import { sweepExpired } from '../../tokens/sweep-expired.js'
import { sweepIdle } from '../../tokens/sweep-idle.js'
import { warnOwners } from '../../tokens/warn-owners.js'
import { keepAuditChain } from './audit.js'
import { type Interval, runEvery } from './interval.js'
import { Lease } from './lease.js'
import { mailer } from './mail.js'

const SWEEP_MS = 60_000
const PRUNE_MS = 3_600_000
const WARN_MS = 600_000
/** A thief's token is used for so long before its owner hears of it. */
const NOTICE_MS = 60_000

/** A user who has signed out here is signed in at a client for so long. */
const CLIENTS_MS = 5_000

/** An act on more tokens than a request ends goes on so soon. */
const INCIDENT_MS = 5_000

/** Starts the periodic jobs. Only the primary runs them, and most of them only in one process of the site. */
export function scheduleJobs(context: Context, log: Logger): Interval {
  const send = mailer(context)
  const tell = tellClients(context)
  const lease = new Lease({ ...context, log })
  const ofSite = (everyMs: number, work: () => Promise<unknown>) => runEvery(everyMs, lease.only(work), log)
  const jobs = [
    ofSite(SWEEP_MS, () => sweep(context)),
    ofSite(PRUNE_MS, () => pruneHistory(context)),
    ofSite(INCIDENT_MS, () => carryOnAll(context)),
    keepAuditChain(context, log, lease),
    ofSite(NOTICE_MS, async () => void (send && (await mailNotices(context, send)))),
    ...(context.settings.oidcServer.enabled ? [ofSite(CLIENTS_MS, tell)] : []),
    ofSite(WARN_MS, async () => void (send && (await warnOwners(context, send)))),
  ]
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()))
      await lease.stop()
    },
  }
}

async function sweep(context: Context): Promise<void> {
  await endSuspensions(context)
  await sweepExpired(context)
  await sweepIdle(context)
  await pruneDevices(context)
  await pruneKeys(context)
}

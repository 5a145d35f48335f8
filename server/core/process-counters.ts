import { Distribution, LabelledCounter } from './counters.js'
import { ProgramReads } from './programs/reads.js'
import { CheckTallies } from './tallies/check-tallies.js'

/** Bounds in seconds, from a cached token to a store that times out. */
const CHECK_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Counters of a process since its start, for metrics. */
export class ProcessCounters {
  /** By outcome (a refusal's code, where there is one) and by the source of the token. */
  readonly checks = new LabelledCounter()
  /** Those that were not written to the table of tallies yet. */
  readonly tallies = new CheckTallies()
  /** Requests for files of programs that were not written to their table yet. */
  readonly programReads = new ProgramReads()
  readonly checkSeconds = new Distribution(CHECK_SECONDS)
  /** By provider, and by outcome: `signed_in` or a refusal's code. */
  readonly signIns = new LabelledCounter()
  /** Connections that were lost, by store. */
  readonly storeErrors = new LabelledCounter()
  /** Connections that were made, by store. */
  readonly storeConnections = new LabelledCounter()
  /** Alarms by outcome: `sent`, `repeated` in a window, `dropped` by a full queue, `failed` at the webhook, `logged` without one. */
  readonly alarms = new LabelledCounter('sent', 'repeated', 'dropped', 'failed', 'logged')
  /** Mails by outcome: `sent`, or `failed` where no server took them. */
  readonly mails = new LabelledCounter('sent', 'failed')
  /** Events for other systems by outcome: `sent`, `dropped` by a full queue or at the end, `failed` at the sink. */
  readonly events = new LabelledCounter('sent', 'dropped', 'failed')
  /** What was shed: a `check` or `request` beyond those under way, or a request on one `connection` too many. */
  readonly shed = new LabelledCounter('check', 'request', 'connection')
  /** Token uses that could not be written. */
  lostUses = 0
}

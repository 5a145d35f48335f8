import { type EpochSeconds, isoTime } from '../../time.js'

/** What became of a resource. */
export type Outcome =
  | { readonly is: 'created' | 'updated' | 'unchanged'; readonly subject: string; readonly warnings: string }
  | { readonly is: 'failed'; readonly message: string }

/** The form of `metav1.Condition`, which Gafaelfawr's status has, too. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason: 'Created' | 'Updated' | 'Failed'
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration: number
}

/** A condition as it is found in a status, which other programs have written, too. */
export interface FoundCondition {
  readonly type?: string | undefined
  readonly status?: string | undefined
  readonly message?: string | undefined
  readonly lastTransitionTime?: string | undefined
  readonly observedGeneration?: number | undefined
}

interface Moment {
  readonly type: string
  readonly generation: number
  readonly now: EpochSeconds
}

/** The bound of the CRDs. */
const MAX_MESSAGE = 32_768

/**
 * The condition after an outcome.
 *
 * @returns nothing where the one before says the same, so that nothing is written
 */
export function nextCondition(
  before: FoundCondition | undefined,
  outcome: Outcome,
  { type, generation, now }: Moment,
): Condition | undefined {
  const { status, reason, message } = describe(outcome)
  const isSame = before?.status === status && before.observedGeneration === generation
  if (isSame && (outcome.is === 'unchanged' ? saysSo(before, outcome) : before.message === message)) return undefined
  const since = before?.status === status ? before.lastTransitionTime : undefined
  return { type, status, reason, message, lastTransitionTime: since ?? isoTime(now), observedGeneration: generation }
}

function describe(outcome: Outcome): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (outcome.is === 'failed')
    return { status: 'False', reason: 'Failed', message: outcome.message.slice(0, MAX_MESSAGE) }
  const { subject, warnings } = outcome
  const verb = outcome.is === 'created' ? 'created' : 'updated'
  const reason = outcome.is === 'created' ? 'Created' : 'Updated'
  return { status: 'True', reason, message: messageOf(subject, verb, warnings) }
}

/** Gafaelfawr's sentence: `Ingress was created`. */
function messageOf(subject: string, verb: 'created' | 'updated', warnings: string): string {
  return `${subject} was ${verb}${warnings === '' ? '' : `. ${warnings}`}`.slice(0, MAX_MESSAGE)
}

function saysSo(before: FoundCondition, { subject, warnings }: Exclude<Outcome, { readonly is: 'failed' }>) {
  return (['created', 'updated'] as const).some((verb) => before.message === messageOf(subject, verb, warnings))
}

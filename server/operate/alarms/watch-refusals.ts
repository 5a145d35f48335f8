import { hasJustReached } from '../../core/alarm/refusal-counts.js'
import type { Context } from '../../storage/context.js'
import { addRefusals } from '../../storage/redis/refusal-sums.js'

/**
 * Adds the refusals of this process to those of all processes in this window, and raises an alarm for each code whose sum has
 * reached the threshold: once a window, by the process that reached it. A process that has seen a sum at the threshold adds no
 * more to it.
 */
export async function watchRefusals({ audit, alarms, redis, settings, clock }: Context): Promise<void> {
  const { refusals: threshold, window } = settings.alarms
  const number = Math.floor(clock() / window)
  for (const [code, added] of audit.refusals.take(number)) {
    const sum = await addRefusals(redis, { code, number, window }, added)
    if (sum >= threshold) audit.refusals.noteReached(code, number)
    if (!hasJustReached(threshold, sum, added)) continue
    const text = `${sum} requests were refused with ${code} within ${window} seconds; more are not reported in this window.`
    alarms.raise({ key: `refusals:${code}:${number}`, text })
  }
}

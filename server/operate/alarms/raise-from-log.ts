import type { Logger } from 'pino'
import { ALARM_NOT_SENT, type AlarmSender } from '../../storage/alarms/alarm-sender.js'
import { onErrorLine } from '../observability/log.js'

/**
 * Raises an alarm for each line of level error: uncaught errors of requests, checks and jobs, workers that died, lost stores, a
 * broken audit chain. The alarm has the name of the line and its reference, and nothing of the error itself.
 */
export function raiseFromLog(log: Logger, alarms: AlarmSender): void {
  onErrorLine(log, ({ event, reference }) => {
    if (event === ALARM_NOT_SENT) return
    const where =
      reference === undefined ? 'The log has the cause.' : `The log has the cause by reference ${reference}.`
    alarms.raise({ key: `error:${event}`, text: `${event}. ${where}` })
  })
}

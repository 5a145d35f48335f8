import { type DestinationStream, type Logger, pino } from 'pino'
import type { Settings } from '../settings/schema.js'

/** JSON lines on standard output. Headers and bodies are never logged, so no credential can be. */
export function openLog(settings: Settings, destination?: DestinationStream): Logger {
  const level = settings.logLevel === 'warning' ? 'warn' : settings.logLevel
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return destination ? pino(options, destination) : pino(options)
}

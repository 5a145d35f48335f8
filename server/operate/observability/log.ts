import cluster from 'node:cluster'
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { redact } from '../../core/redact.js'
import type { Settings } from '../../settings/schema.js'

/** Pino's number of the level error. */
const ERROR_LEVEL = 50

/**
 * Opens the log: JSON lines on standard output. Headers and bodies are never logged, so no credential is; and what looks
 * like one in any other text, such as an error's, is redacted.
 */
export function openLog(settings: Settings, destination: DestinationStream = standardOutput()): Logger {
  const level = settings.logLevel === 'warning' ? 'warn' : settings.logLevel
  const serializers = { err: describeError }
  const base = cluster.worker ? { worker: cluster.worker.id } : null
  const listeners = new Set<ErrorListener>()
  const hooks: LoggerOptions['hooks'] = {
    streamWrite: redact,
    logMethod(line, write, lineLevel) {
      write.apply(this, line)
      if (lineLevel >= ERROR_LEVEL) for (const listener of listeners) listener(describeLine(line))
    },
  }
  const log = pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime, serializers, hooks }, destination)
  LISTENERS.set(log, listeners)
  return log
}

/** A line of level error: its name, and the reference that a user was shown. */
export interface ErrorLine {
  readonly event: string
  readonly reference?: string
}

type ErrorListener = (line: ErrorLine) => void

const LISTENERS = new WeakMap<Logger, Set<ErrorListener>>()

/** Calls a listener after each line of level error, of the log and of its children. */
export function onErrorLine(log: Logger, listener: ErrorListener): void {
  LISTENERS.get(log)?.add(listener)
}

function describeLine(line: readonly unknown[]): ErrorLine {
  const event = line.find((part) => typeof part === 'string') ?? 'Error'
  const fields: unknown = line[0]
  const reference = typeof fields === 'object' && fields && 'reference' in fields ? fields.reference : undefined
  return { event, ...(typeof reference === 'string' && { reference }) }
}

/** Drops lines that cannot be written: a closed terminal must not prevent a shutdown. */
function standardOutput(): DestinationStream {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return process.stdout
}

/**
 * Picks the fields of an error that may be logged. Drivers attach secrets: pg its client with the connection's cancel key,
 * Prisma the arguments of the call in its message.
 */
function describeError(error: unknown) {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { name, message, code, stack } = error as { name?: string; message?: string; code?: unknown; stack?: string }
  const isPrisma = name?.startsWith('PrismaClient')
  const lines = message?.split('\n').filter(Boolean) ?? []
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return { type: name, message: isPrisma ? lines.at(-1) : message, code, stack: frames?.join('\n') }
}

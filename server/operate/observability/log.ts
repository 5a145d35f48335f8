import cluster from 'node:cluster'
import { type DestinationStream, type Logger, pino } from 'pino'
import { redact } from '../../core/redact.js'
import type { Settings } from '../../settings/schema.js'

/**
 * Opens the log: JSON lines on standard output. Headers and bodies are never logged, so no credential is; and what looks
 * like one in any other text, such as an error's, is redacted.
 */
export function openLog(settings: Settings, destination: DestinationStream = standardOutput()): Logger {
  const level = settings.logLevel === 'warning' ? 'warn' : settings.logLevel
  const serializers = { err: describeError }
  const base = cluster.worker ? { worker: cluster.worker.id } : null
  const hooks = { streamWrite: redact }
  return pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime, serializers, hooks }, destination)
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

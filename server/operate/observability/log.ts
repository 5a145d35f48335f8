import cluster from 'node:cluster'
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { asGafaelfawr } from '../../core/log/gafaelfawr.js'
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
  const form = settings.logFormat === 'gafaelfawr' ? GAFAELFAWR : POSTERN
  const worker = cluster.worker && { worker: cluster.worker.id }
  const base = form.base || worker ? { ...form.base, ...worker } : null
  const listeners = new Set<ErrorListener>()
  const hooks: LoggerOptions['hooks'] = {
    streamWrite: redact,
    logMethod(line, write, lineLevel) {
      write.apply(this, form.rename(line))
      if (lineLevel >= ERROR_LEVEL) for (const listener of listeners) listener(describeLine(line))
    },
  }
  const log = pino({ ...form.options, level, base, hooks }, destination)
  LISTENERS.set(log, listeners)
  return log
}

/** A form of the lines. */
interface LogForm {
  readonly options: LoggerOptions
  readonly base?: Readonly<Record<string, unknown>>
  rename(line: LogArguments): LogArguments
}

/** What a logger is called with: fields and a text, or one of both. */
type LogArguments = Parameters<pino.LogFn>

const POSTERN: LogForm = {
  options: { timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: describeError } },
  rename: (line) => line,
}

/** Of Gafaelfawr's lines, which structlog writes. */
const GAFAELFAWR: LogForm = {
  options: {
    messageKey: 'event',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ severity: label === 'warn' ? 'warning' : label }) },
    serializers: { exception: tracebackOf },
  },
  base: { logger: 'gafaelfawr' },
  rename(line) {
    const [given, text] = line
    const message: unknown = text
    if (typeof given !== 'object' || given === null || typeof message !== 'string') return line
    const { event, fields } = asGafaelfawr({ event: message, fields: { ...given } })
    return [fields, event]
  },
}

function tracebackOf(error: unknown): string {
  const { type, message, stack } = describeError(error)
  return [`${type ?? 'Error'}: ${message ?? ''}`, stack].filter(Boolean).join('\n')
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

interface DescribedError {
  readonly type?: string | undefined
  readonly message?: string | undefined
  readonly code?: unknown
  readonly stack?: string | undefined
}

/**
 * Picks the fields of an error that may be logged. Drivers attach secrets: pg its client with the connection's cancel key,
 * Prisma the arguments of the call in its message.
 */
function describeError(error: unknown): DescribedError {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { name, message, code, stack } = error as { name?: string; message?: string; code?: unknown; stack?: string }
  const isPrisma = name?.startsWith('PrismaClient')
  const lines = message?.split('\n').filter(Boolean) ?? []
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return { type: name, message: isPrisma ? lines.at(-1) : message, code, stack: frames?.join('\n') }
}

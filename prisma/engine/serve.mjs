import { createInterface } from 'node:readline'
import { adapterFactory } from './adapter.mjs'
import { databaseOf } from './connection.mjs'
import { createDatabase } from './database-command.mjs'
import { knownError } from './known-error.mjs'
import { loadEngine, panic } from './wasm.mjs'

/** Prisma's own number for "the request was understood and failed". */
const FAILED = 4466

/** Answers the CLI's JSON-RPC requests one after the other until it closes our standard input. */
export function serve({ datasource, datamodels }) {
  let engine
  let current
  let printed = 0
  let queue = Promise.resolve()

  const openEngine = () => {
    engine ??= loadEngine().then(({ SchemaEngine }) =>
      SchemaEngine.new(
        { datamodels: datamodels.length ? datamodels : undefined },
        () => {},
        adapterFactory(datasource),
      ),
    )
    return engine
  }

  const handle = async ({ id, method, params }) => {
    current = id
    try {
      send({ id, result: (await call(method, params)) ?? {} })
    } catch (error) {
      send({ id, error: { code: FAILED, message: 'The schema engine failed.', data: failure(error, datasource.url) } })
    }
  }

  const call = async (method, params) => {
    if (method === 'createDatabase') {
      const url = params.datasource.url ?? datasource.url
      await createDatabase(url)
      return { databaseName: databaseOf(url) }
    }
    const opened = await openEngine()
    if (method === 'getDatabaseVersion') return opened.version(params)
    if (typeof opened[method] !== 'function') throw new Error(`The WebAssembly schema engine has no method ${method}.`)
    const result = await opened[method](params)
    return method === 'diff' ? printDiff(result) : result
  }

  /** The native engine prints the difference by a request of its own, and returns only the exit code. */
  const printDiff = ({ stdout, exitCode }) => {
    if (stdout != null) send({ method: 'print', params: { content: stdout }, id: ++printed })
    return { exitCode }
  }

  // A panic inside the engine surfaces outside any call; unanswered, the CLI would end with exit code 0 and no word.
  const die = (error) => {
    const message = panic.get() || error?.message || String(error)
    const data = { is_panic: false, message, meta: null }
    if (current === undefined) process.stderr.write(message)
    else send({ id: current, error: { code: FAILED, message: 'The schema engine failed.', data } })
    setTimeout(() => process.exit(1), 50)
  }
  process.on('uncaughtException', die)
  process.on('unhandledRejection', die)
  process.on('SIGTERM', () => process.exit(0))

  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (!line.trim()) return
    const message = JSON.parse(line)
    // Without a method it is the CLI's answer to one of our prints.
    if (message.method) queue = queue.then(() => handle(message))
  })
  lines.on('close', () => queue.then(() => process.exit(0)))
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function failure(error, url) {
  const known = knownError(error?.cause ?? error, url)
  const isPanic = error?.name === 'RuntimeError'
  return {
    is_panic: isPanic,
    message: (isPanic && panic.get()) || error?.message || known.message,
    meta: error?.meta ?? known.meta,
    error_code: /^P\d/.test(error?.code ?? '') ? error.code : known.error_code,
  }
}

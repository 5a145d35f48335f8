import type { Context } from '../../storage/context.js'
import { followRequests } from './outgoing.js'
import type { Tracing } from './tracing.js'

type Observed = Pick<Context, 'postgres' | 'redis'>

/** Words that a statement begins with; its text may have values in it, and is not exported. */
const STATEMENT = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|LOCK|SET|LISTEN|TRUNCATE)\b/i

/**
 * Makes spans of what requests wait for: PostgreSQL, Redis, LDAP, and requests to providers. Methods of the connections are
 * replaced here, so that a process without telemetry has no line of it on its way.
 *
 * @returns how to stop following the requests to providers
 */
export function instrument({ postgres: { pool }, redis }: Observed, tracing: Tracing): () => void {
  const query = (call: () => unknown, args: readonly unknown[]): unknown =>
    // The pool's own calls have a callback, and are inside the query that we follow.
    typeof args.at(-1) === 'function' ? call() : tracing.within('postgresql', statementOf(args[0]), call)
  const followed = new WeakSet<object>()
  const follow = (client: unknown) => {
    if (typeof client !== 'object' || client === null || followed.has(client)) return
    followed.add(client)
    replace(client, 'query', query)
  }
  replace(pool, 'query', query)
  replace(pool, 'connect', (call) => {
    const connecting = call()
    return connecting instanceof Promise ? connecting.then(passing(follow)) : connecting
  })
  replace(redis, 'sendCommand', (call, [command]) => tracing.within('redis', commandOf(command), call))
  return followRequests(tracing)
}

const passing =
  (see: (value: unknown) => void) =>
  (value: unknown): unknown => {
    see(value)
    return value
  }

/** Replaces a method of an object by one that calls it. */
function replace(
  target: object,
  method: string,
  around: (call: () => unknown, args: readonly unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(target, method)
  if (typeof original !== 'function') throw new Error(`There is no method ${method}`)
  Reflect.set(target, method, (...args: unknown[]) => around(() => Reflect.apply(original, target, args), args))
}

function statementOf(query: unknown) {
  const text = typeof query === 'object' && query !== null && 'text' in query ? query.text : query
  const [, word = 'other'] = STATEMENT.exec(typeof text === 'string' ? text : '') ?? []
  return { 'db.system.name': 'postgresql', 'db.operation.name': word.toUpperCase() }
}

function commandOf(command: unknown) {
  const name = typeof command === 'object' && command !== null && 'name' in command ? String(command.name) : 'other'
  return { 'db.system.name': 'redis', 'db.operation.name': name.toUpperCase() }
}

/** The properties by which errors of other libraries are recognised. */
export interface ErrorLink {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly [property: string]: unknown
}

/**
 * Lists an error and everything that caused it, each before its own causes. It follows `cause`, the `errors` of an
 * AggregateError, and the `meta.driverAdapterError` of Prisma. Causes may be plain data; only their form is known.
 */
export function withCauses(error: unknown): readonly ErrorLink[] {
  const chain = new Set<ErrorLink>()
  collect(error, chain)
  return [...chain]
}

function collect(error: unknown, chain: Set<ErrorLink>): void {
  if (typeof error !== 'object' || error === null || chain.has(error as ErrorLink)) return
  chain.add(error as ErrorLink)
  const { cause, meta, errors } = error as ErrorLink
  collect(cause, chain)
  collect((meta as { driverAdapterError?: unknown } | undefined | null)?.driverAdapterError, chain)
  if (Array.isArray(errors)) for (const each of errors) collect(each, chain)
}

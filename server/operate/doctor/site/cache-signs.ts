import type { Reply } from './ask.js'

/** The signs in an answer's headers that a cache gave it. */
export function cacheSigns({ headers }: Reply): string[] {
  const age = Number(headers.age ?? 0)
  const hits = ['x-cache', 'x-cache-status', 'x-proxy-cache', 'cf-cache-status', 'cache-status'].filter((name) =>
    /\bhit\b/i.test(String(headers[name] ?? '')),
  )
  return [...(age > 0 ? [`Age: ${age}`] : []), ...hits.map((name) => `${name}: ${headers[name]}`)]
}

import type { Manifest } from '../manifest.js'

/** Annotations that only a maker of protected Ingresses sets: one that is not wanted any more is seen, too. */
const MAKERS = /^nginx\.ingress\.kubernetes\.io\/(?:auth-|configuration-snippet$)/

/**
 * An object that stands, with the fields alone that are stated: what other programs have added, and the API server's defaults, are
 * no difference. Of `spec` each field counts, since all of it is the maker's.
 */
export function asStated(standing: Readonly<Record<string, unknown>>, wanted: Manifest): Record<string, unknown> {
  const same = cut(standing, wanted)
  const { metadata, spec } = standing
  const annotations = isMap(metadata) && isMap(metadata.annotations) ? metadata.annotations : {}
  const makers = Object.fromEntries(Object.entries(annotations).filter(([name]) => MAKERS.test(name)))
  const stated: Record<string, unknown> = isMap(same) ? { ...same } : {}
  if (isMap(stated.metadata) && Object.keys(makers).length > 0) {
    const own = isMap(stated.metadata.annotations) ? stated.metadata.annotations : {}
    stated.metadata = { ...stated.metadata, annotations: { ...own, ...makers } }
  }
  if (isMap(spec)) stated.spec = { ...(isMap(stated.spec) ? stated.spec : {}), ...missingIn(spec, stated.spec) }
  return stated
}

function cut(standing: unknown, wanted: unknown): unknown {
  if (Array.isArray(standing) && Array.isArray(wanted))
    return standing.map((each, index) => (index < wanted.length ? cut(each, wanted[index]) : each))
  if (!isMap(standing) || !isMap(wanted)) return standing
  const shared = Object.keys(wanted).filter((field) => field in standing && wanted[field] !== undefined)
  return Object.fromEntries(shared.map((field) => [field, cut(standing[field], wanted[field])]))
}

function missingIn(spec: Readonly<Record<string, unknown>>, stated: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !isMap(stated) || !(field in stated)))
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

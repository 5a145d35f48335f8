/** Server-side apply as far as the operator uses it: who has set which field, and what goes when its manager drops it. */

export type Json = Record<string, unknown>

interface Entry extends Json {
  manager: string
  operation: string
  fieldsV1: Json
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `{ "f:metadata": { "f:labels": { "f:a": {} } } }`: lists are one field, but for the owners. */
function fieldsOf(value: Json): Json {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [`f:${name}`, isObject(each) ? fieldsOf(each) : {}]),
  )
}

/** What a manager states, without what names the object. */
function stated({ apiVersion: _version, kind: _kind, metadata, ...rest }: Json): Json {
  const { name: _name, namespace: _namespace, managedFields: _books, ...more } = isObject(metadata) ? metadata : {}
  return { ...rest, metadata: more }
}

const hasLeaf = (fields: Json, path: readonly string[]): boolean => {
  let at: unknown = fields
  for (const part of path) {
    if (!isObject(at) || !(part in at)) return false
    at = at[part]
  }
  return true
}

function* leaves(fields: Json, path: readonly string[] = []): Generator<readonly string[]> {
  for (const [name, below] of Object.entries(fields)) {
    if (isObject(below) && Object.keys(below).length > 0) yield* leaves(below, [...path, name])
    else yield [...path, name]
  }
}

function without(value: Json, [first = '', ...rest]: readonly string[]): Json {
  const name = first.replace(/^f:/, '')
  const { [name]: below, ...others } = value
  if (rest.length === 0 || !isObject(below)) return others
  return { ...others, [name]: without(below, rest) }
}

/** Merges as RFC 7396 says. */
export function merge(value: unknown, patch: Json): Json {
  const merged: Json = isObject(value) ? { ...value } : {}
  for (const [name, each] of Object.entries(patch)) {
    if (each === null) delete merged[name]
    else merged[name] = isObject(each) ? merge(merged[name], each) : each
  }
  return merged
}

const entriesOf = (object: Json): Entry[] => {
  const { managedFields } = isObject(object.metadata) ? object.metadata : {}
  return Array.isArray(managedFields) ? managedFields : []
}

/** The object after a manager has stated it. */
export function apply(standing: Json, wanted: Json, manager: string): Json {
  const entries = entriesOf(standing)
  const own = entries.find((each) => each.manager === manager && each.operation === 'Apply')
  const others = entries.filter((each) => each !== own)
  const fields = fieldsOf(stated(wanted))
  let result = standing
  for (const leaf of own ? leaves(own.fieldsV1) : []) {
    const isKept = hasLeaf(fields, leaf) || others.some(({ fieldsV1 }) => hasLeaf(fieldsV1, leaf))
    if (!isKept) result = without(result, leaf)
  }
  const merged = merge(result, stated(wanted))
  const metadata: Json = {
    ...(isObject(merged.metadata) ? merged.metadata : {}),
    ...ownersAfter(standing, wanted, own),
  }
  return withEntry({ ...merged, metadata }, others, { manager, operation: 'Apply', fieldsV1: fields })
}

/** The owners are told apart by their UID: those of other managers stay. */
function ownersAfter(standing: Json, wanted: Json, own: Entry | undefined): Json {
  const ownersOf = (object: Json): Json[] => {
    const { ownerReferences } = isObject(object.metadata) ? object.metadata : {}
    return Array.isArray(ownerReferences) ? ownerReferences : []
  }
  const next = ownersOf(wanted)
  const kept = own ? [] : ownersOf(standing).filter(({ uid }) => next.every((each) => each.uid !== uid))
  return next.length + kept.length > 0 ? { ownerReferences: [...kept, ...next] } : {}
}

/** The object after a manager has created or patched it. */
export function update(object: Json, patch: Json, manager: string): Json {
  const entries = entriesOf(object)
  const old = entries.find((each) => each.manager === manager && each.operation === 'Update')
  const fields = merge(old?.fieldsV1 ?? {}, fieldsOf(stated(patch)))
  return withEntry(
    object,
    entries.filter((each) => each !== old),
    { manager, operation: 'Update', fieldsV1: fields },
  )
}

function withEntry(object: Json, others: readonly Entry[], entry: Entry): Json {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  return { ...object, metadata: { ...metadata, managedFields: [...others, entry] } }
}

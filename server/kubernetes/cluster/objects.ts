import { z } from 'zod'
import type { Manifest } from '../../core/kubernetes/manifest.js'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import { FIELD_MANAGER } from '../../core/kubernetes/operator/take-over.js'
import type { ApiClient } from './api-client.js'
import { isMissing } from './api-error.js'
import { type Kind, pathOf } from './kinds.js'

const texts = z.record(z.string(), z.string())
const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().optional(),
  deletionTimestamp: z.string().optional(),
  finalizers: z.array(z.string()).optional(),
  labels: texts.optional(),
  annotations: texts.optional(),
  ownerReferences: z
    .array(z.looseObject({ kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean().optional() }))
    .optional(),
  managedFields: z.array(z.looseObject({})).optional(),
})
const item = z.looseObject({ metadata })

/** Where an object is. */
export interface Place {
  readonly namespace: string
  readonly name: string
}

/** Reads an object of an answer; the items of a list do not say their kind. */
export function readObject(value: unknown, { apiVersion, kind }: Kind): StandingObject {
  return { ...item.parse(value), apiVersion, kind }
}

export async function getObject(api: ApiClient, kind: Kind, place: Place): Promise<StandingObject | undefined> {
  try {
    return readObject(await api.request({ method: 'GET', path: at(kind, place) }), kind)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Reads an object's metadata alone: of a Secret that the operator did not make it may see no more. */
export async function getMetadata(api: ApiClient, kind: Kind, place: Place): Promise<StandingObject | undefined> {
  const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
  try {
    return readObject(await api.request({ method: 'GET', path: at(kind, place), accept }), kind)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Creates an object. Refused with the status 409 where it stands. */
export async function createObject(api: ApiClient, kind: Kind, object: Manifest): Promise<StandingObject> {
  const path = pathOf(kind, object.metadata.namespace)
  return readObject(await api.request({ method: 'POST', path, body: object }), kind)
}

/**
 * Has an object be as stated, by server-side apply: what other programs have set beside it stays, and what an earlier statement of
 * the operator had and this one has not goes.
 */
export async function applyObject(api: ApiClient, kind: Kind, object: Manifest): Promise<StandingObject> {
  const { name, namespace = '' } = object.metadata
  const applied = await api.request({
    method: 'PATCH',
    path: at(kind, { namespace, name }),
    query: { fieldManager: FIELD_MANAGER, force: 'true' },
    body: object,
    contentType: 'application/apply-patch+yaml',
  })
  return readObject(applied, kind)
}

/** Merges values into an object; null removes one. With a `resourceVersion` it is refused, 409, where the object has changed since. */
export async function patchObject(
  api: ApiClient,
  kind: Kind,
  place: Place,
  { subresource, ...body }: { readonly subresource?: 'status'; readonly [field: string]: unknown },
): Promise<StandingObject> {
  const patched = await api.request({
    method: 'PATCH',
    path: subresource ? `${at(kind, place)}/${subresource}` : at(kind, place),
    query: { fieldManager: FIELD_MANAGER },
    body,
    contentType: 'application/merge-patch+json',
  })
  return readObject(patched, kind)
}

/** Removes exactly this object, as it was read; one that has gone already is no fault. */
export async function removeObject(api: ApiClient, kind: Kind, { metadata }: StandingObject): Promise<void> {
  const { uid, resourceVersion } = metadata
  try {
    await api.request({
      method: 'DELETE',
      path: at(kind, metadata),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
    })
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

function at(kind: Kind, { namespace, name }: Place): string {
  return `${pathOf(kind, namespace)}/${name}`
}

import { z } from 'zod'
import type { FieldProblem } from '../../core/kubernetes/field-problem.js'
import type { WantedServiceToken } from '../../core/kubernetes/operator/service-token.js'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import { isServiceName } from '../../core/people/identifiers.js'
import { HOUR } from '../../core/time.js'
import { isScope } from '../../core/token/scope.js'
import { duration } from '../../settings/values.js'

/** A resource that asks for the token of a service, and where the token is put. */
export interface ServiceTokenResource {
  readonly wanted: WantedServiceToken
  readonly secretName: string
  readonly key: string
}

const common = {
  service: z.string().refine(isServiceName, 'must be bot- and small letters, digits and single dashes'),
  scopes: z.array(z.string().refine(isScope, 'must be letters, digits and . : _ - only')),
}
const gafaelfawrs = z.strictObject({ spec: z.strictObject(common) })
const own = z.strictObject({
  spec: z.strictObject({
    ...common,
    secretName: z.string().min(1).optional(),
    key: z.string().min(1).default('token'),
    lifetime: duration.optional(),
    rotateBefore: duration.optional(),
    overlap: duration.default(HOUR),
  }),
})

/** Reads a resource that asks for the token of a service; or names each of its mistakes. */
export function readServiceToken(resource: StandingObject): ServiceTokenResource | FieldProblem[] {
  const { apiVersion: _version, kind, metadata, status: _status, ...body } = resource
  const secretName = metadata.name
  if (kind === 'GafaelfawrServiceToken') {
    const read = gafaelfawrs.safeParse(body)
    if (!read.success) return problemsOf(read.error)
    return { wanted: { ...read.data.spec, overlap: HOUR }, secretName, key: 'token' }
  }
  const read = own.safeParse(body)
  if (!read.success) return problemsOf(read.error)
  const { secretName: named = secretName, key, ...wanted } = read.data.spec
  return { wanted, secretName: named, key }
}

function problemsOf({ issues }: z.ZodError): FieldProblem[] {
  return issues.map(({ path, message }) => ({ path: path.join('.'), message }))
}

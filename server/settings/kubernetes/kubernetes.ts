import { z } from 'zod'
import { GATEWAYS } from '../../core/kubernetes/gateway-site.js'
import { httpUrl } from '../values.js'

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be the name of an object, such as postern-checks')

/** What the operator makes of a site's routes. */
export const kubernetesSchema = z.strictObject({
  gateway: z
    .enum(GATEWAYS)
    .default('nginx')
    .describe('The gateway that routes are made for, where a `ProtectedRoute` names no other'),
  gateways: z
    .array(
      z.strictObject({
        name: name.describe('Its name'),
        namespace: name.optional().describe('Its namespace; that of the route when not given'),
        sectionName: name.optional().describe('The listener'),
      }),
    )
    .default([])
    .describe('The Gateways that HTTPRoutes attach to, each `name`, `namespace`, `sectionName`'),
  checks: z
    .strictObject({
      name: name.default('postern-checks').describe('Its name'),
      namespace: name.default('postern').describe('Its namespace'),
      port: z.number().int().min(1).max(65_535).default(80).describe('Its port'),
    })
    .prefault({})
    .describe('The Service of the checks'),
  checksUrl: httpUrl
    .optional()
    .describe('Its address, for gateways that are given a URL; made of `checks` when not given'),
  droppedAnnotations: z
    .array(z.string())
    .default([])
    .describe('Annotations for ingress-nginx that routes may lose with another gateway, without their prefix'),
})

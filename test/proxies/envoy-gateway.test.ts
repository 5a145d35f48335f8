import { expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { objectsFor, startEnvoyGateway, translateAgain, translatedObjects } from '../support/proxies/envoy-gateway.js'
import { describeWith } from '../support/run/requires.js'
import { KUBERNETES_ROUTES, kubernetesRouteFacts } from './facts/kubernetes-routes.js'

const objects = objectsFor(KUBERNETES_ROUTES)
translateAgain(objects)

it('what Envoy Gateway translated is what Postern makes of the routes', () => {
  expect(translatedObjects()).toEqual(objects)
})

describeWith(['envoy', 'curl'], 'Envoy Gateway', () => {
  kubernetesRouteFacts(useEchoSite(startEnvoyGateway))
})

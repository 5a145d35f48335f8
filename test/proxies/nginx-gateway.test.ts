import { z } from 'zod'
import { renderRoutes } from '../../server/kubernetes/render.js'
import { loadSettings } from '../../server/settings/load.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import { KUBERNETES_ROUTES, kubernetesRouteFacts } from './facts/kubernetes-routes.js'

const settings = loadSettings({
  POSTERN_BASE_URL: 'http://127.0.0.1',
  POSTERN_KUBERNETES: '{ gateways: [{ name: public }] }',
})

/** The check of an HTTPRoute's first rule. */
const check = z.object({
  externalAuth: z.object({
    http: z.object({
      path: z.string(),
      allowedHeaders: z.array(z.string()),
      allowedResponseHeaders: z.array(z.string()),
    }),
  }),
})
const route = z.object({
  spec: z.object({ rules: z.tuple([z.object({ filters: z.tuple([check]).rest(z.unknown()) })]) }),
})

/**
 * What NGINX Gateway Fabric makes of a route's filter, by its documentation: it is not to be had as a program. The nginx is
 * Debian's.
 */
function asGateway(path: string, access: object, port: number): string {
  const resource = {
    apiVersion: 'postern.dev/v1',
    kind: 'ProtectedRoute',
    metadata: { name: 'tap', namespace: 'tap' },
    spec: {
      access,
      rules: [
        {
          host: '127.0.0.1',
          http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name: 'tap', port: { number: 80 } } } }] },
        },
      ],
    },
  }
  const [made] = renderRoutes(JSON.stringify(resource), settings, 'nginx-gateway').objects
  const { http } = route.parse(made).spec.rules[0].filters[0].externalAuth
  const variable = (name: string) => `$ext_${name.toLowerCase().replaceAll('-', '_')}`
  return `
location = /_ext_auth${path} {
    internal;
    proxy_pass_request_body off;
    proxy_pass_request_headers off;
    proxy_set_header Content-Length "";
    proxy_set_header Host $host;
    proxy_set_header Path $request_uri;
    proxy_set_header Method $request_method;
    proxy_set_header Authorization $http_authorization;
    ${http.allowedHeaders.map((name) => `proxy_set_header ${name} $http_${name.toLowerCase().replaceAll('-', '_')};`).join('\n    ')}
    proxy_pass http://postern_checks${http.path};
}
location ${path} {
    auth_request /_ext_auth${path};
    ${http.allowedResponseHeaders.map((name) => `auth_request_set ${variable(name)} $upstream_http_${name.toLowerCase().replaceAll('-', '_')};`).join('\n    ')}
    ${http.allowedResponseHeaders.map((name) => `proxy_set_header ${name} ${variable(name)};`).join('\n    ')}
    proxy_set_header Host $host;
    proxy_pass http://127.0.0.1:${port};
}
`
}

describeWith(['nginx', 'curl'], 'NGINX Gateway Fabric', () => {
  const services = (port: number) =>
    Object.entries(KUBERNETES_ROUTES)
      .map(([path, access]) => asGateway(path, access, port))
      .join('\n')
  kubernetesRouteFacts(useEchoSite('nginx', { services }), 403)
})

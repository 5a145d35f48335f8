import { isOwnHost } from '../access/own-origin.js'
import { compileRequirement } from '../access/requirement.js'
import { authQuery } from './auth-query.js'
import type { FieldProblem } from './field-problem.js'
import type { GatewaySite } from './gateway-site.js'
import type { ProtectedRoute } from './route.js'

/** What a site refuses of a route, with every gateway. */
export function routeProblems(route: ProtectedRoute, site: GatewaySite): FieldProblem[] {
  return [...hostProblems(route, site), ...unknownNames(route, site), ...requirementProblems(route)]
}

/**
 * Attack: a route at another host asks for cookies, and its server collects the sessions that browsers bring.
 * Hosts outside the site have to do without them (Gafaelfawr's `_validate_hostnames`).
 */
function hostProblems({ access, template, fields }: ProtectedRoute, site: GatewaySite): FieldProblem[] {
  if (access.anonymous || !access.cookies) return []
  return template.spec.rules.flatMap(({ host }, index) => {
    const message = `Host ${host} must disable cookie authentication`
    return isOwnHost(host, site) ? [] : [{ path: `${fields.spec}.rules[${index}].host`, message }]
  })
}

/** A scope that the site does not have is held by no token, and a cookie that it does not have is not read: closed to all. */
function unknownNames({ access, fields }: ProtectedRoute, site: GatewaySite): FieldProblem[] {
  if (access.anonymous) return []
  const known = new Map([
    ['scope', site.knownScopes],
    ['delegate_scope', site.knownScopes],
    ['cookie', site.tokenCookies],
  ])
  return access.query
    .filter(([name, value]) => known.get(name)?.has(value) === false)
    .map(([name, value]) => ({
      path: fields.parameters[name] ?? '',
      message: name === 'cookie' ? `Unknown cookie ${value}: it is not in tokenCookies` : `Unknown scope ${value}`,
    }))
}

/** The check itself would refuse these, for each request. */
function requirementProblems({ access, fields }: ProtectedRoute): FieldProblem[] {
  if (access.anonymous) return []
  const { early, late } = compileRequirement(new URLSearchParams(authQuery(access.query)))
  return [...early, ...late].map(({ loc: [, parameter], msg }) => ({
    path: fields.parameters[parameter] ?? '',
    message: msg,
  }))
}

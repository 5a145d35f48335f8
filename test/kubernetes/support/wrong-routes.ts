const SCOPES = { scopes: { all: ['read:tap'] } }
const INTERNAL = { service: 'a', scopes: [] }
const TO_TAP = { path: '/tap', pathType: 'Prefix', backend: { service: { name: 'tap', port: { number: 80 } } } }
const at = (path: object) => [{ host: 'data.example.org', http: { paths: [{ ...TO_TAP, ...path }] } }]
const portOf = (port: object) => at({ backend: { service: { name: 'tap', port } } })

/** `spec` of a ProtectedRoute that is right, but for what is given. */
export function routeSpec(access: object, more: object = {}): object {
  return { access, rules: at({}), ...more }
}

/** A ProtectedRoute that is wrong: `spec.access`, more of `spec`, the field that is to be named, and the definition's reason. */
export type WrongRoute = readonly [what: string, access: object, more: object, field: string, reason: RegExp]

/** What is refused by the definition and, for those who have no API server, by the code. */
// biome-ignore format: a table reads in columns
export const WRONG_ROUTES: readonly WrongRoute[] = [
  ['no access at all',               {},                                                                  {},                             'spec.access.scopes',          /at least 1|minProperties/],
  ['a misspelt field',               { ...SCOPES, optionel: 'True' },                                     {},                             'spec.access',                 /unknown field.*optionel/],
  ['anonymous, and a scope',         { ...SCOPES, anonymous: true },                                      {},                             'spec.access.scopes',          /where anonymous is true, nothing else has an effect/],
  ['not anonymous, and no scope',    { anonymous: false },                                                {},                             'spec.access.scopes',          /needs scopes, programs, optional or anonymous/],
  ['all and any',                    { scopes: { all: [], any: ['read:tap'] } },                          {},                             'spec.access.scopes',          /at most 1|maxProperties/],
  ['an unknown kind of optional',    { optional: 'true' },                                                {},                             'spec.access.optional',        /supported values: "False", "True", "Strict"/],
  ['Basic with the sign-in page',    { ...SCOPES, authType: 'Basic', loginRedirect: true },               {},                             'spec.access.authType',        /Basic has no effect with loginRedirect/],
  ['the sign-in page, no cookies',   { ...SCOPES, cookies: { session: false }, loginRedirect: true },     {},                             'spec.access.loginRedirect',   /loginRedirect needs session cookies/],
  ['401 with the sign-in page',      { ...SCOPES, denyAs: 401, loginRedirect: true },                     {},                             'spec.access.denyAs',          /without end/],
  ['another status',                 { ...SCOPES, denyAs: 500 },                                          {},                             'spec.access.denyAs',          /supported values/],
  ['a token of no kind',             { ...SCOPES, delegate: { useAuthorization: true } },                 {},                             'spec.access.delegate',        /one of notebook and internal/],
  ['a token of two kinds',           { ...SCOPES, delegate: { notebook: {}, internal: INTERNAL } },       {},                             'spec.access.delegate',        /one of notebook and internal/],
  ['another service than its token', { ...SCOPES, service: 'b', delegate: { internal: INTERNAL } },       {},                             'spec.access.service',         /service of delegate\.internal/],
  ['no way to name programs',        { programs: {} },                                                    {},                             'spec.access.programs',        /at least 1|minProperties/],
  ['two ways to name programs',      { programs: { ids: ['GO-1'], fromPath: true } },                     {},                             'spec.access.programs',        /at most 1|maxProperties/],
  ['a lifetime under five minutes',  { ...SCOPES, minimumLifetime: 60 },                                  {},                             'spec.access.minimumLifetime', /greater than or equal to 300/],
  ['no rule',                        SCOPES,                                                              { rules: [] },                  'spec.rules',                  /at least 1|minItems/],
  ['a path without its slash',       SCOPES,                                                              { rules: at({ path: 'tap' }) }, 'spec.rules[0].http.paths[0].path', /should match/],
  ['a port by name and number',      SCOPES,                                                              { rules: portOf({ number: 80, name: 'http' }) }, 'spec.rules[0].http.paths[0].backend.service.port', /at most 1|maxProperties|must validate one/],
  ['an unknown gateway',             SCOPES,                                                              { gateway: 'apache' },          'spec.gateway',                /supported values/],
]

/** And what both take. */
export const RIGHT_ROUTES: readonly object[] = [
  SCOPES,
  { anonymous: true, service: 'docs' },
  { optional: 'Strict' },
  { programs: { fromPath: true } },
]

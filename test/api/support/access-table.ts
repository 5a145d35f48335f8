import type { Caller } from './callers.js'

// biome-ignore format: the names of the columns stand above them
export const COLUMNS: readonly Caller[] = [
  'nobody', 'cookie', 'cookie and word', 'user', 'small token',
  'admin’s cookie', 'admin’s cookie and word', 'admin’s token', 'reader’s token',
  'notebook', 'bootstrap', 'another user', 'expired', 'revoked', 'made up', 'admin’s notebook', 'admin’s service',
]

/** What comes of each route for each caller; with the key of a token that is not the user's, 404 stands for every success. */
// biome-ignore format: a table reads in columns
export const TABLE: Readonly<Record<string, readonly number[]>> = {
  //                                                          nobody         user           and word       notebook       expired
  //                                                               cookie         small token    admin’s token  bootstrap      revoked
  //                                                                    and word       admin’s cookie reader’s token another user   made up
  //                                                                                                                                   admin’s notebook, admin’s service
  'GET /auth/api/v1/login':                                  [401, 200, 200, 401, 401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401],
  'GET /auth/api/v1/token-info':                             [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401, 200, 200],
  'GET /auth/api/v1/user-info':                              [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401, 200, 200],
  'POST /auth/api/v1/explain':                               [401, 403, 200, 200, 200, 403, 200, 200, 200, 200, 401, 200, 401, 401, 401, 200, 200],
  'GET /auth/gms':                                           [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401, 200, 200],

  'GET /auth/api/v1/users/{username}/tokens':                [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401, 403, 200],
  'POST /auth/api/v1/users/{username}/tokens':               [401, 403, 201, 201, 403, 403, 403, 403, 403, 403, 401, 403, 401, 401, 401, 403, 403],
  'DELETE /auth/api/v1/users/{username}/tokens':             [401, 403, 200, 200, 403, 403, 200, 200, 403, 403, 401, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/users/{username}/token-change-history':  [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401, 403, 200],

  'GET /auth/api/v1/users/{username}/tokens/{key}':          [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401, 403, 200],
  'PATCH /auth/api/v1/users/{username}/tokens/{key}':        [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 401, 403, 401, 401, 401, 403, 403],
  'DELETE /auth/api/v1/users/{username}/tokens/{key}':       [401, 403, 204, 204, 403, 403, 204, 204, 403, 403, 401, 403, 401, 401, 401, 403, 403],
  'POST /auth/api/v1/users/{username}/tokens/{key}/rotate':  [401, 403, 201, 201, 403, 403, 201, 201, 403, 403, 401, 403, 401, 401, 401, 403, 403],
  'POST /auth/api/v1/users/{username}/tokens/{key}/suspension':
                                                             [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 401, 403, 401, 401, 401, 403, 403],
  'DELETE /auth/api/v1/users/{username}/tokens/{key}/suspension':
                                                             [401, 403, 403, 403, 403, 403, 404, 404, 403, 403, 401, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/users/{username}/tokens/{key}/uses':     [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401, 403, 200],
  'GET /auth/api/v1/users/{username}/tokens/{key}/change-history':
                                                             [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401, 403, 200],

  'GET /auth/api/v1/users':                                  [401, 403, 403, 403, 403, 200, 200, 403, 200, 403, 401, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/users/{username}':                       [401, 200, 200, 200, 200, 200, 200, 403, 200, 200, 401, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/groups':                                 [401, 403, 403, 403, 403, 200, 200, 403, 200, 403, 401, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/history/token-changes':                  [401, 403, 403, 403, 403, 200, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 200],
  'GET /auth/api/v1/audit':                                   [401, 403, 403, 403, 403, 200, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 200],
  'POST /auth/api/v1/tokens':                                [401, 403, 403, 403, 403, 403, 201, 201, 403, 403, 201, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/quota-overrides':                        [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401, 200, 200],
  'PUT /auth/api/v1/quota-overrides':                        [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 403],
  'DELETE /auth/api/v1/quota-overrides':                     [401, 403, 403, 403, 403, 403, 204, 204, 403, 403, 204, 403, 401, 401, 401, 403, 403],

  'GET /auth/api/v1/oidc-clients':                           [401, 403, 403, 403, 403, 200, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 200],
  'POST /auth/api/v1/oidc-clients':                          [401, 403, 403, 403, 403, 403, 201, 201, 403, 403, 201, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/oidc-clients/{client_id}':               [401, 403, 403, 403, 403, 200, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 200],
  'PATCH /auth/api/v1/oidc-clients/{client_id}':             [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 403],
  'DELETE /auth/api/v1/oidc-clients/{client_id}':            [401, 403, 403, 403, 403, 403, 204, 204, 403, 403, 204, 403, 401, 401, 401, 403, 403],
  'POST /auth/api/v1/oidc-clients/{client_id}/secret':       [401, 403, 403, 403, 403, 403, 201, 201, 403, 403, 201, 403, 401, 401, 401, 403, 403],

  'PUT /auth/api/v1/programs':                               [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/programs':                               [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401, 200, 200],
  'POST /auth/api/v1/programs/access':                       [401, 403, 200, 200, 200, 403, 200, 200, 200, 200, 401, 200, 401, 401, 401, 200, 200],
  'GET /auth/api/v1/programs/{id}':                          [401, 200, 200, 200, 200, 200, 200, 200, 404, 200, 401, 404, 401, 401, 401, 404, 200],
  'PUT /auth/api/v1/programs/{id}':                          [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 200, 403, 401, 401, 401, 403, 403],
  'DELETE /auth/api/v1/programs/{id}':                       [401, 403, 403, 403, 403, 403, 204, 204, 403, 403, 204, 403, 401, 401, 401, 403, 403],
  'GET /auth/api/v1/programs/{id}/history':                  [401, 200, 200, 200, 200, 200, 200, 200, 404, 200, 401, 404, 401, 401, 401, 404, 200],
  'GET /auth/api/v1/programs/{id}/grants':                   [401, 200, 200, 200, 200, 200, 200, 200, 404, 200, 401, 404, 401, 401, 401, 404, 200],
  'GET /auth/api/v1/programs/{id}/grants/{email}':           [401, 200, 200, 200, 200, 200, 200, 200, 404, 200, 401, 404, 401, 401, 401, 404, 200],
  'PUT /auth/api/v1/programs/{id}/grants/{email}':           [401, 403, 200, 200, 403, 403, 200, 200, 404, 403, 401, 404, 401, 401, 401, 403, 403],
  'DELETE /auth/api/v1/programs/{id}/grants/{email}':        [401, 403, 204, 204, 403, 403, 204, 204, 404, 403, 401, 404, 401, 401, 401, 403, 403],
}

/** A program of Ada's, in which she has let somebody in. */
export const PROGRAM = { id: 'P-1', title: 'Deep', public: false, investigators: [{ username: 'ada', role: 'pi' }] }
/** A client of the OpenID Connect server. */
export const CLIENT_ID = 'c0ffee.clients.example.org'
export const GUEST = 'guest@example.org'

/** What the routes that take a body are given: in order, so that nothing but who is calling can be what is refused. */
export const BODIES: Readonly<Record<string, object | string>> = {
  'POST /auth/api/v1/users/{username}/tokens': { token_name: 'new' },
  'PATCH /auth/api/v1/users/{username}/tokens/{key}': { token_name: 'taken over', scopes: ['exec:admin'] },
  'POST /auth/api/v1/users/{username}/tokens/{key}/rotate': { overlap: 0 },
  'POST /auth/api/v1/users/{username}/tokens/{key}/suspension': { reason: 'a leak' },
  'POST /auth/api/v1/tokens': { username: 'ada', token_type: 'user', token_name: 'new', scopes: ['exec:admin'] },
  'PUT /auth/api/v1/quota-overrides': { bypass: ['users'] },
  'POST /auth/api/v1/oidc-clients': { description: 'Another', return_uri: 'https://client.example.org/cb' },
  'PATCH /auth/api/v1/oidc-clients/{client_id}': {
    description: 'Renamed',
    return_uri: 'https://client.example.org/cb',
  },
  'POST /auth/api/v1/oidc-clients/{client_id}/secret': {},
  'PUT /auth/api/v1/programs': `${JSON.stringify({ ...PROGRAM, title: 'Renamed' })}\n`,
  'POST /auth/api/v1/explain': { url: '/api/tap' },
  'POST /auth/api/v1/programs/access': { programs: [PROGRAM.id] },
  'PUT /auth/api/v1/programs/{id}': { title: 'Renamed', public: false },
}

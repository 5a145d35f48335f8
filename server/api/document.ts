import { gmsRoute } from './gms.js'
import { type OpenApi, openApi } from './openapi.js'
import { API_ROUTES } from './routes.js'
import { version } from './version.js'

export const API = '/auth/api/v1'

/** The OpenAPI document of everything that Postern serves to programs. */
export function apiDocument(): OpenApi {
  const sections = Object.entries(API_ROUTES).map(([name, routes]) => ({ name, base: API, routes }))
  return openApi([...sections, { name: 'Group membership', base: '/auth', routes: [gmsRoute] }], version())
}

import type { Manager } from '../programs/manage.js'
import type { Caller } from './caller.js'

/** Whoever calls, as one who looks after a program. */
export function managerOf({ username, scopes, actor, token }: Caller): Manager {
  return { username, scopes, actor, delegated: token?.parent !== undefined }
}

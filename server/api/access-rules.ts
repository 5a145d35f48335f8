import { Refusal } from '../core/access/refusal.js'
import { ADMIN_OIDC, ADMIN_PROGRAMS, ADMIN_TOKEN, ADMIN_USERINFO, USER_TOKEN } from '../core/token/scope.js'
import { type Access, type Caller, mayActOn } from './authorize-caller.js'

interface AccessRule {
  /** For the documentation. */
  readonly description: string
  readonly refuse: (caller: Caller, username: string) => Refusal | undefined
}

/** Callers admitted to routes below a user's name. */
export const ACCESS_RULES: Readonly<Record<NonNullable<Access['owner']>, AccessRule>> = {
  self: {
    description: `The user alone, with ${USER_TOKEN} or ${ADMIN_TOKEN}`,
    refuse: (caller, username) => mayActOn(caller, username, { self: true }),
  },
  'self or administrator': {
    description: `The user, with ${USER_TOKEN}; every caller with ${ADMIN_TOKEN}`,
    refuse: (caller, username) => mayActOn(caller, username),
  },
  'self or reader': {
    description: `The user; every caller with ${ADMIN_USERINFO}`,
    refuse: ({ username: name, scopes }, username) =>
      name === username || scopes.includes(ADMIN_USERINFO)
        ? undefined
        : new Refusal('permission_denied', `Token does not have required scope ${ADMIN_USERINFO}`),
  },
}

const ADMINISTRATOR = `callers with ${ADMIN_PROGRAMS} or ${ADMIN_TOKEN}`

/** Callers admitted to routes about programs. */
const PROGRAM_RULES: Readonly<Record<NonNullable<Access['programs']>, string>> = {
  administrator: `C${ADMINISTRATOR.slice(1)}`,
  investigator: `The investigators of the program; ${ADMINISTRATOR}`,
  'principal investigator': `Principal investigators of the program, with ${USER_TOKEN}; ${ADMINISTRATOR}`,
}

/** Describes the callers that a route admits. */
export function describeAccess({ cookieOnly, owner, programs, clients, scope, bootstrap }: Access): string {
  if (cookieOnly) return 'A signed-in user, by the session cookie alone'
  if (owner) return ACCESS_RULES[owner].description
  if (programs) return `${PROGRAM_RULES[programs]}${bootstrap ? '; the bootstrap token' : ''}`
  if (clients) return `Callers with ${ADMIN_OIDC} or ${ADMIN_TOKEN}, and the bootstrap token`
  if (!scope) return 'Every caller with a valid token'
  return `Callers with ${scope}${bootstrap ? ', and the bootstrap token' : ''}`
}

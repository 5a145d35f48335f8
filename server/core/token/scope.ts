declare const brand: unique symbol

/** A permission of a token, such as `read:tap`. */
export type Scope = string & { readonly [brand]: 'Scope' }

/** The form of a scope's name. */
export const SCOPE = /^[a-zA-Z0-9:._-]+$/

/** Held by every user who signs in: it lets users manage their own tokens. */
export const USER_TOKEN = 'user:token' as Scope
export const ADMIN_TOKEN = 'admin:token' as Scope
/** Manages programs and the access to their data. Optional for a site, for `admin:token` may do so, too. */
export const ADMIN_PROGRAMS = 'admin:programs' as Scope
export const ADMIN_USERINFO = 'admin:userinfo' as Scope
/** Manages the clients of the OpenID Connect server. Optional for a site, as `admin:programs` is. */
export const ADMIN_OIDC = 'admin:oidc' as Scope

export function isScope(text: string): text is Scope {
  return SCOPE.test(text)
}

/** The one order and form in which scopes are stored, compared and shown: sorted, each once. */
export function sortScopes(scopes: Iterable<Scope>): readonly Scope[] {
  return [...new Set(scopes)].sort()
}

/** The site's groups that give each scope. */
export type GroupMapping = ReadonlyMap<Scope, ReadonlySet<string>>

/** The scopes that groups give, by the site's mapping of scope → groups, and always `user:token`. */
export function scopesOfGroups(groups: Iterable<string>, mapping: GroupMapping): readonly Scope[] {
  return sortScopes([...givenByGroups(groups, mapping), USER_TOKEN])
}

/** Returns whether a group gives any scope, and thus lets its members in: also one that gives `user:token` alone. */
export function isAdmitted(groups: Iterable<string>, mapping: GroupMapping): boolean {
  return givenByGroups(groups, mapping).length > 0
}

function givenByGroups(groups: Iterable<string>, mapping: GroupMapping): Scope[] {
  const held = [...groups]
  return [...mapping].filter(([, members]) => held.some((group) => members.has(group))).map(([scope]) => scope)
}

/** The scopes of those who manage the site, which no notebook is given. */
export function isAdminScope(scope: Scope): boolean {
  return scope.startsWith('admin:')
}

/**
 * Returns whether a token that is handed on may have a scope: neither those of administrators nor the one that manages tokens.
 *
 * Attack: the job, the service or the program that gets it, or a thief of it, would have the site, or new tokens that outlive it.
 */
export function isHandedOn(scope: Scope): boolean {
  return !isAdminScope(scope) && scope !== USER_TOKEN
}

export function isAdministrator(scopes: readonly Scope[]): boolean {
  return scopes.includes(ADMIN_TOKEN)
}

/** `admin:token` could give itself the other; a site need not know `admin:oidc`. */
export function isClientAdministrator(scopes: readonly Scope[]): boolean {
  return scopes.includes(ADMIN_OIDC) || isAdministrator(scopes)
}

/** `admin:token` could give itself the other; a site need not know `admin:programs`. */
export function isProgramAdministrator(scopes: readonly Scope[]): boolean {
  return scopes.includes(ADMIN_PROGRAMS) || isAdministrator(scopes)
}

import { type Scope, sortScopes } from './scope.js'

/** Which challenge a client is offered; it never restricts which credential is accepted. */
export type AuthType = 'bearer' | 'basic' | 'both'

/** What a protected location asks of a request, from the query string of its auth URL. */
export interface Requirement {
  /** Sorted; none means any authenticated caller. */
  readonly scopes: readonly Scope[]
  /** Whether the token must hold all of the scopes or one of them. */
  readonly satisfy: 'all' | 'any'
  /** The service's name, for logs. */
  readonly service?: string
  readonly authType: AuthType
}

/** One parameter that is not what it should be, as FastAPI words it for Gafaelfawr's callers. */
export interface ParameterError {
  readonly type: string
  readonly loc: readonly ['query', string]
  readonly msg: string
  readonly input: string
}

/**
 * Reads the query string of `/ingress/auth` (Gafaelfawr's ingress contract). Unknown parameters are ignored; scopes are
 * not split: the parameter is repeated. Only a location's configuration makes these query strings, so a mistake in one
 * is the operator's, and is named.
 */
export function compileRequirement(query: URLSearchParams): Requirement | ParameterError[] {
  const errors: ParameterError[] = []
  const oneOf = <T extends string>(name: string, choices: readonly [T, ...T[]]): T => {
    const given = query.getAll(name).at(-1)
    const choice = given === undefined ? choices[0] : choices.find((each) => each === given)
    if (choice !== undefined) return choice
    const listed = choices.map((each) => `'${each}'`)
    const msg = `Input should be ${listed.slice(0, -1).join(', ')} or ${listed.at(-1)}`
    errors.push({ type: 'enum', loc: ['query', name], msg, input: given ?? '' })
    return choices[0]
  }
  const authType = oneOf<AuthType>('auth_type', ['bearer', 'basic', 'both'])
  const satisfy = oneOf<'all' | 'any'>('satisfy', ['all', 'any'])
  const service = query.getAll('service').at(-1)
  const scopes = sortScopes(query.getAll('scope') as Scope[])
  if (errors.length > 0) return errors
  return { scopes, satisfy, authType, ...(service === undefined ? {} : { service }) }
}

import { namesIn } from '../../core/recipes/own.js'
import type { Menu } from '../../core/recipes/recipes-for.js'
import type { Scope } from '../../core/token/scope.js'
import { issuerProblems } from '../openid/trusted-issuers.js'
import { hasProvider, providerProblems } from '../providers.js'

/** A mistake, with the place of the setting. */
interface Problem {
  readonly path: (string | number)[]
  readonly message: string
}

interface Switch {
  readonly enabled: boolean
}

/** The settings that must fit together. */
type Given = Parameters<typeof providerProblems>[0] &
  Parameters<typeof issuerProblems>[0] & {
    readonly smtpUrl?: unknown
    readonly mailFrom?: string | undefined
    readonly programs?: { readonly scope: Scope } | undefined
    readonly site: SiteRecipes
    readonly groupMapping?: Readonly<Record<string, unknown>> | undefined
    readonly localAccounts?: boolean | undefined
    readonly resourceMetadata: boolean
    readonly oidcServer: Switch
    readonly deviceLogin: Switch
    readonly tokenExchange: Switch
  }

/** What recipes name, that other settings must have. */
interface SiteRecipes {
  readonly tapUrl?: URL | false | undefined
  readonly tapScope?: Scope | undefined
  readonly recipes: Menu
}

/** Finds mistakes in the combination of settings, each of which is right by itself. */
export function combinationProblems(given: Given): Problem[] {
  return [
    ...(given.smtpUrl && !given.mailFrom ? [{ path: ['mailFrom'], message: 'must be given with smtpUrl' }] : []),
    ...scopeProblems(given),
    ...recipeProblems(given),
    ...documentProblems(given),
    ...providerProblems(given),
    ...issuerProblems(given),
    ...(given.localAccounts === false && !hasProvider(given) ? [NO_WAY_IN] : []),
  ]
}

const NO_WAY_IN: Problem = {
  path: ['localAccounts'],
  message: 'is false and no identity provider is configured: no user could sign in',
}

const REQUIRED_SCOPES = ['admin:token', 'admin:userinfo', 'user:token']

function scopeProblems({ knownScopes, programs, groupMapping = {} }: Given): Problem[] {
  const isUnknown = (scope: string) => !Object.hasOwn(knownScopes, scope)
  return [
    ...REQUIRED_SCOPES.filter(isUnknown).map((each) => ({ path: ['knownScopes'], message: `must have ${each}` })),
    ...(programs && isUnknown(programs.scope)
      ? [{ path: ['programs', 'scope'], message: `${programs.scope} is not in knownScopes` }]
      : []),
    ...Object.keys(groupMapping)
      .filter(isUnknown)
      .map((each) => ({ path: ['groupMapping', each], message: 'is not in knownScopes' })),
  ]
}

function recipeProblems({ knownScopes, site: { tapUrl, tapScope, recipes } }: Given): Problem[] {
  const isUnknown = (scope: Scope | undefined) => scope !== undefined && !Object.hasOwn(knownScopes, scope)
  return [
    ...(isUnknown(tapScope) ? [{ path: ['site', 'tapScope'], message: `${tapScope} is not in knownScopes` }] : []),
    ...recipes.own.flatMap(({ needs, steps }, index) => {
      const path = ['site', 'recipes', 'own', index]
      const asksTap = steps.some((step) => namesIn('text' in step ? step.text : step.code).includes('tapUrl'))
      return [
        ...(isUnknown(needs) ? [{ path: [...path, 'needs'], message: `${needs} is not in knownScopes` }] : []),
        ...(asksTap && tapUrl === false
          ? [{ path: [...path, 'steps'], message: 'has {tapUrl} in it, and site.tapUrl is false' }]
          : []),
      ]
    }),
  ]
}

function documentProblems(given: Given): Problem[] {
  const { oidcServer, deviceLogin, tokenExchange, trustedIssuers, resourceMetadata } = given
  const isEnabled = [oidcServer, deviceLogin, tokenExchange].some(({ enabled }) => enabled)
  if (!resourceMetadata || isEnabled || trustedIssuers.length > 0) return []
  return [
    {
      path: ['resourceMetadata'],
      message: 'needs oidcServer, deviceLogin, tokenExchange or trustedIssuers: without them there is no such document',
    },
  ]
}

import type { PathRule } from '../route.js'
import type { RouteOptions } from './nginx-annotations.js'

/** How HTTPRoute matches a path, and what the service gets in its place. */
export interface PathMatch {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'
  readonly value: string
  readonly rewrite?: Rewrite | undefined
}

/** The `path` of HTTPRoute's `URLRewrite` filter. */
export type Rewrite =
  | { readonly type: 'ReplacePrefixMatch'; readonly replacePrefixMatch: string }
  | { readonly type: 'ReplaceFullPath'; readonly replaceFullPath: string }

/** The forms of a prefix with its rest in a group, and the reference to that group: `/api(/|$)(.*)`, `/api/(.*)`. */
const WITH_REST: readonly (readonly [path: RegExp, group: string])[] = [
  [/^((?:\/[^()[\]{}*+?\\|^$/]+)*)\(\/\|\$\)\(\.\*\)\$?$/, '$2'],
  [/^((?:\/[^()[\]{}*+?\\|^$/]+)*)\/\(\.\*\)\$?$/, '$1'],
]
const META = /[()[\]{}*+?\\|^$]/

/**
 * The match of an Ingress path. ingress-nginx reads `ImplementationSpecific` as a prefix; with `use-regex` or `rewrite-target`
 * every path is a regular expression, whose common form, a prefix with its rest, has a portable counterpart.
 *
 * @returns undefined for a rewrite that HTTPRoute cannot state
 */
export function pathMatch({ path, pathType }: PathRule, { regex, rewriteTarget }: RouteOptions): PathMatch | undefined {
  const match = regex ? matchOfRegex(path, pathType) : { type: typeOf(pathType), value: path, group: undefined }
  const { type, value, group } = match
  if (rewriteTarget === undefined) return { type, value }
  if (!rewriteTarget.includes('$'))
    return { type, value, rewrite: { type: 'ReplaceFullPath', replaceFullPath: rewriteTarget } }
  const front = group && rewriteTarget.endsWith(group) ? rewriteTarget.slice(0, -group.length) : '$'
  if (front.includes('$')) return undefined
  const replacePrefixMatch = front.replace(/(.)\/$/, '$1')
  return { type, value, rewrite: { type: 'ReplacePrefixMatch', replacePrefixMatch } }
}

function matchOfRegex(path: string, pathType: PathRule['pathType']) {
  for (const [form, group] of WITH_REST) {
    const prefix = form.exec(path)?.[1]
    if (prefix !== undefined) return { type: 'PathPrefix' as const, value: prefix || '/', group }
  }
  if (META.test(path)) return { type: 'RegularExpression' as const, value: path, group: undefined }
  return { type: typeOf(pathType), value: path, group: undefined }
}

function typeOf(pathType: PathRule['pathType']): 'Exact' | 'PathPrefix' {
  return pathType === 'Exact' ? 'Exact' : 'PathPrefix'
}

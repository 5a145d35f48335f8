import { z } from 'zod'
import type { WantedClaim } from '../../core/openid/workload/claims.js'

const RULE = 'must be text in quotes, a list of texts, or a mapping for claims within a claim'

/** As deep as the claims of Kubernetes, and more. */
const MAX_DEPTH = 5

type Problem = (path: readonly string[], message: string) => void

/** The claims of a rule, written as the JWT has them: a claim within another is one of a mapping. */
export const wantedClaims = z
  .record(z.string().min(1), z.unknown().meta({ title: 'text, list or mapping', example: '"123456"' }))
  .transform((given, context): readonly WantedClaim[] => {
    const wanted = Object.entries(given).flatMap(([name, value]) =>
      readClaim([name], value, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
    )
    return wanted
  })

function readClaim(path: readonly string[], value: unknown, problem: Problem): WantedClaim[] {
  const [name = ''] = path
  if (/^kubernetes\.io[./]/.test(name))
    problem(path, 'must be a mapping for claims within a claim, such as {kubernetes.io: {namespace: survey}}')
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && path.length < MAX_DEPTH) {
    const within = Object.entries(value)
    if (within.length === 0) problem(path, `${RULE}, such as "123456"`)
    return within.flatMap(([each, inner]) => readClaim([...path, each], inner, problem))
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const texts = values.filter((each) => typeof each === 'string' && each !== '') as string[]
  if (texts.length === 0 || texts.length < values.length) problem(path, `${RULE}, such as "123456"`)
  else if (texts.some((each) => each.includes('*')))
    problem(path, 'must have no *, for values are compared to the letter: list them, such as [refs/heads/main]')
  return [{ path, values: texts }]
}

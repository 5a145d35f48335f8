/** The claims of a JWT whose signature was verified. No other of them is validated. */
export type Claims = Readonly<Record<string, unknown>>

/** A claim that a rule asks for. */
export interface WantedClaim {
  /** Its name, after the names of the objects that it is in. */
  readonly path: readonly string[]
  /** The values that will do, to the letter. */
  readonly values: readonly string[]
}

/**
 * Returns the claims that a JWT lacks, or has otherwise.
 *
 * Attack: `my-org/survey-evil` begins as `my-org/survey` does. So values are compared as a whole, and there are no patterns.
 *
 * Attack: of a claim with several values, one is the attacker's own. So a list matches nothing.
 */
export function claimsAmiss(wanted: readonly WantedClaim[], claims: Claims): readonly WantedClaim[] {
  return wanted.filter(({ path, values }) => {
    const text = textOf(path.reduce(memberOf, claims))
    return text === undefined || !values.includes(text)
  })
}

/** Writes a claim as an operator does: `project_id/7`, `kubernetes.io/namespace`. */
export function nameOfClaim({ path }: WantedClaim): string {
  return path.join('/')
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

/** Some issuers write numbers and truth as such. A number that JSON reads as its neighbour is no number of anything. */
function textOf(claim: unknown): string | undefined {
  if (typeof claim === 'string') return claim
  return typeof claim === 'boolean' || Number.isSafeInteger(claim) ? String(claim) : undefined
}

/**
 * Claims that name one project, or the one account of a program; those of a row together. They are numbers and identifiers that
 * issuers never give again.
 */
const PROJECTS: readonly (readonly string[])[] = [
  // GitHub
  ['repository_id'],
  // GitLab
  ['project_id'],
  // Kubernetes, whose administrators alone give names
  ['kubernetes.io/serviceaccount/uid'],
  ['kubernetes.io/namespace', 'kubernetes.io/serviceaccount/name'],
  // Buildkite, CircleCI, Bitbucket
  ['pipeline_id'],
  ['oidc.circleci.com/project-id'],
  ['repositoryUuid'],
]

/** Issuers for projects of strangers, which choose what is in their `sub`: at GitHub it may be `environment:production` alone. */
const SHARED =
  /^https:\/\/(?:token\.actions\.[^/]+|gitlab\.com|agent\.buildkite\.com|[^/]+\/_services\/token)\/?(?:$|[?/])/

/** GitHub's `sub` with the numbers of owner and repository: `repo:octocat@1/survey@2:ref:refs/heads/main`. */
const IMMUTABLE = /^repo:[^:/@]+@\d+\/[^:/@]+@\d+:/

/** Projects by names, which change hands. */
const BY_NAME = /^(?:repo|repository|project_path|organization):/

/**
 * Returns whether claims tie a rule to one project, or to a few that are listed.
 *
 * Attack: `repository_owner` alone is all that an organisation has, forks among it. And an organisation that is renamed leaves
 * its name, and those of its repositories, to the first user who registers it.
 */
export function isTied(wanted: readonly WantedClaim[], issuer: string): boolean {
  const names = wanted.map(nameOfClaim)
  const subjects = wanted.find((each) => nameOfClaim(each) === 'sub')?.values ?? []
  const isShared = SHARED.test(issuer)
  const tiesSubject = (subject: string) => IMMUTABLE.test(subject) || (!isShared && !BY_NAME.test(subject))
  return (
    PROJECTS.some((row) => row.every((name) => names.includes(name))) ||
    (subjects.length > 0 && subjects.every(tiesSubject))
  )
}

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Claims,
  claimsAmiss,
  isTied,
  nameOfClaim,
  type WantedClaim,
} from '../../../../server/core/openid/workload/claims.js'

const GITHUB = 'https://token.actions.githubusercontent.com'

/** Claims of a rule, by their names with a slash between. */
const wanted = (given: Readonly<Record<string, string | readonly string[]>>): WantedClaim[] =>
  Object.entries(given).map(([name, values]) => ({ path: name.split('|'), values: [values].flat() }))

const amiss = (given: Readonly<Record<string, string | readonly string[]>>, claims: Claims): readonly string[] =>
  claimsAmiss(wanted(given), claims).map(nameOfClaim)

const JOB = {
  sub: 'repo:observatory/survey:ref:refs/heads/main',
  repository: 'observatory/survey',
  repository_id: '123456',
  ref: 'refs/heads/main',
  run_attempt: 1,
  ref_protected: true,
  groups: ['survey', 'staff'],
}

const POD = {
  sub: 'system:serviceaccount:survey:pipeline',
  'kubernetes.io': { namespace: 'survey', serviceaccount: { name: 'pipeline', uid: 'f00d' }, pod: null },
}

describe('claims are right', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, Record<string, string | string[]>, Claims]>([
    ['to the letter',                 { repository: 'observatory/survey' },                               JOB],
    ['as one of a list',              { ref: ['refs/heads/main', 'refs/heads/release'] },                 JOB],
    ['as numbers',                    { run_attempt: '1' },                                               JOB],
    ['as true and false',             { ref_protected: 'true' },                                          JOB],
    ['within claims',                 { 'kubernetes.io|namespace': 'survey', 'kubernetes.io|serviceaccount|name': 'pipeline' }, POD],
  ])('%s', (_how, given, claims) => {
    expect(amiss(given, claims)).toEqual([])
  })
})

describe('a claim is not right', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, Record<string, string | string[]>, Claims]>([
    ['that only begins so',           { repository: 'observatory/survey' },      { repository: 'observatory/survey-evil' }],
    ['that only ends so',             { repository: 'observatory/survey' },      { repository: 'evil/observatory/survey' }],
    ['in other letters',              { repository: 'observatory/survey' },      { repository: 'Observatory/Survey' }],
    ['with a line behind it',         { ref: 'refs/heads/main' },                { ref: 'refs/heads/main\n' }],
    ['that is missing',               { environment: 'production' },             JOB],
    ['that is empty',                 { environment: 'production' },             { environment: '' }],
    ['that is null',                  { environment: 'null' },                   { environment: null }],
    ['that is a list with it',        { groups: 'survey' },                      JOB],
    ['that is a list of it alone',    { groups: 'survey' },                      { groups: ['survey'] }],
    ['in the first of a list',        { 'a|0': 'x' },                            { a: ['x'] }],
    ['that is an object',             { 'kubernetes.io': '[object Object]' },    POD],
    ['at the top, and not within',    { 'kubernetes.io|namespace': 'survey' },   { namespace: 'survey', 'kubernetes.io/namespace': 'survey', 'kubernetes.io.namespace': 'survey' }],
    ['that each object has',          { constructor: 'x', 'toString|name': 'toString' }, {}],
    ['within nothing',                { 'kubernetes.io|namespace': 'survey' },   { 'kubernetes.io': null }],
    ['within the prototype',          { '__proto__|repository': 'x' },           Object.create({ repository: 'x' })],
    ['that JSON reads as a neighbour', { repository_id: '9007199254740992' },     JSON.parse('{"repository_id": 9007199254740993}')],
  ])('%s', (_what, given, claims) => {
    expect(amiss(given, claims)).toEqual(Object.keys(given).map((name) => name.replaceAll('|', '/')))
  })

  it('and no other text than the wanted one is', () => {
    const text = fc.string({ maxLength: 8 })
    fc.assert(
      fc.property(text, fc.oneof(text, fc.jsonValue()), (value, claim) => {
        const isRight = amiss({ c: value }, { c: claim }).length === 0
        const isSame =
          claim === value || ((typeof claim === 'number' || typeof claim === 'boolean') && String(claim) === value)
        expect(isRight).toBe(isSame)
      }),
    )
  })

  it('where more is wanted, never', () => {
    const claims = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'))
    fc.assert(
      fc.property(claims, claims, claims, (some, more, shown) => {
        const few = amiss(some, shown)
        expect(amiss({ ...some, ...more }, shown).length).toBeGreaterThanOrEqual(
          few.filter((name) => more[name] === undefined).length,
        )
      }),
    )
  })
})

describe('a rule is tied to one project', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, string, Record<string, string | string[]>]>([
    ['GitHub’s number',         GITHUB,                                   { repository_id: '123456' }],
    ['GitHub’s numbered sub',   GITHUB,                                   { sub: 'repo:octocat@1/survey@2:ref:refs/heads/main' }],
    ['GitLab’s number',         'https://gitlab.com',                     { project_id: ['42', '43'], ref_protected: 'true' }],
    ['the account of a pod',    'https://kubernetes.default.svc',         { sub: 'system:serviceaccount:survey:pipeline' }],
    ['its parts',               'https://kubernetes.default.svc',         { 'kubernetes.io|namespace': 'survey', 'kubernetes.io|serviceaccount|name': 'pipeline' }],
    ['its identifier',          'https://kubernetes.default.svc',         { 'kubernetes.io|serviceaccount|uid': 'f00d' }],
    ['another issuer’s sub',    'https://ci.example.org',                 { sub: 'job:7' }],
  ])('by %s', (_what, issuer, given) => {
    expect(isTied(wanted(given), issuer)).toBe(true)
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, string, Record<string, string | string[]>]>([
    ['nothing',                 GITHUB,                                   {}],
    ['a branch',                GITHUB,                                   { ref: 'refs/heads/main' }],
    ['an owner',                GITHUB,                                   { repository_owner: 'observatory' }],
    ['an owner’s number',       GITHUB,                                   { repository_owner_id: '7' }],
    ['a name',                  GITHUB,                                   { repository: 'observatory/survey' }],
    ['a sub of names',          GITHUB,                                   { sub: 'repo:observatory/survey:ref:refs/heads/main' }],
    ['a sub of the project’s choice', GITHUB,                             { sub: 'environment:production' }],
    ['that at an enterprise',   `${GITHUB}/octo`,                         { sub: 'environment:production' }],
    ['that at one’s own server', 'https://git.example.org/_services/token', { sub: 'environment:production' }],
    ['a numbered sub, or one of names', GITHUB,                           { sub: ['repo:octocat@1/survey@2:x', 'repo:a/b:x'] }],
    ['numbers within a name',   GITHUB,                                   { sub: 'repo:evil/x:repo:octocat@1/survey@2:x' }],
    ['GitLab’s sub',            'https://gitlab.com',                     { sub: 'anything' }],
    ['a path',                  'https://gitlab.example.org',             { sub: 'project_path:a/b:ref_type:branch:ref:main' }],
    ['a namespace',             'https://kubernetes.default.svc',         { 'kubernetes.io|namespace': 'survey' }],
    ['an account’s name',       'https://kubernetes.default.svc',         { 'kubernetes.io|serviceaccount|name': 'default' }],
  ])('not by %s', (_what, issuer, given) => {
    expect(isTied(wanted(given), issuer)).toBe(false)
  })
})

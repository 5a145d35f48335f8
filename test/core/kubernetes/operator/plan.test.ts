import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Manifest } from '../../../../server/core/kubernetes/manifest.js'
import { covers } from '../../../../server/core/kubernetes/operator/covers.js'
import { isRoute, plan, type Step } from '../../../../server/core/kubernetes/operator/plan.js'
import { idOf, type StandingObject } from '../../../../server/core/kubernetes/operator/standing.js'

const object = (kind: string, name: string, spec: object = {}): Manifest => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'tap' },
  spec,
})
const policy = (name: string, ...targets: string[]) =>
  object('SecurityPolicy', name, { targetRefs: targets.map((each) => ({ kind: 'HTTPRoute', name: each })) })
const standing = (wanted: Manifest, more: object = {}): StandingObject => ({
  ...wanted,
  ...more,
  metadata: { ...wanted.metadata, namespace: 'tap', uid: 'u', resourceVersion: '1', ownerReferences: undefined },
})
const text = ({ does, object: { kind, metadata, spec } }: Step) => {
  const targets = /"name":"(.*?)"/g
  const named = kind === 'SecurityPolicy' && does === 'apply' ? [...JSON.stringify(spec).matchAll(targets)] : []
  return [does, kind, metadata.name, ...named.map(([, name]) => `>${name}`)].join(' ')
}
const steps = (wanted: Manifest[], stands: Manifest[]) =>
  plan(
    wanted,
    stands.map((each) => standing(each)),
    () => true,
  ).map(text)

describe('a plan', () => {
  it('is empty where all stands as stated, and what others have added does not count', () => {
    const wanted = object('Ingress', 'a', { rules: [{ host: 'x' }] })
    const more = { spec: { rules: [{ host: 'x', added: true }], defaulted: 1 } }
    expect(plan([wanted], [standing(wanted, more)], () => true)).toEqual([])
  })

  it('states an object again that the last statement was about in another way, since a field of that may be left', () => {
    const wanted = object('Ingress', 'a')
    expect(plan([wanted], [standing(wanted)], () => false).map(text)).toEqual(['apply Ingress a'])
  })

  it('protects a route before it stands, and takes its protection after it', () => {
    expect(steps([object('HTTPRoute', 'a'), object('Middleware', 'a')], [])).toEqual([
      'apply Middleware a',
      'apply HTTPRoute a',
    ])
    expect(steps([], [object('Middleware', 'a'), object('HTTPRoute', 'a')])).toEqual([
      'remove HTTPRoute a',
      'remove Middleware a',
    ])
  })

  it('has the new route stand before the old one goes', () => {
    expect(steps([object('Ingress', 'b')], [object('Ingress', 'a')])).toEqual(['apply Ingress b', 'remove Ingress a'])
  })

  it('has a policy name the routes that still stand, until they are gone', () => {
    expect(
      steps([policy('p', 'new'), object('HTTPRoute', 'new')], [policy('p', 'old'), object('HTTPRoute', 'old')]),
    ).toEqual([
      'apply SecurityPolicy p >new >old',
      'apply HTTPRoute new',
      'remove HTTPRoute old',
      'apply SecurityPolicy p >new',
    ])
  })

  it('has protection belong to the routes that stand, none of which waits for it, so that it is collected after them', () => {
    const owner = { apiVersion: 'v1', kind: 'ProtectedRoute', name: 'p', uid: 'r', controller: true as const }
    const owned = (wanted: Manifest): Manifest => ({
      ...wanted,
      metadata: { ...wanted.metadata, ownerReferences: [{ ...owner, blockOwnerDeletion: true }] },
    })
    const wanted = [policy('p', 'new'), object('HTTPRoute', 'new')].map(owned)
    const route = (name: string): StandingObject => {
      const { metadata, ...rest } = standing(object('HTTPRoute', name))
      return { ...rest, metadata: { ...metadata, uid: `of-${name}` } }
    }
    const owners = (steps: readonly Step[]) =>
      steps
        .filter((each) => each.does === 'apply' && each.object.kind === 'SecurityPolicy')
        .map(({ object: { metadata } }) =>
          metadata.ownerReferences?.map(
            (each) => `${each.uid}${'blockOwnerDeletion' in each && each.blockOwnerDeletion ? ' waits' : ''}`,
          ),
        )
    expect(owners(plan(wanted, [], () => true))).toEqual([['r waits']])
    expect(owners(plan(wanted, [route('new'), route('old')], () => true))).toEqual([
      ['r', 'of-new', 'of-old'],
      ['r', 'of-new'],
    ])
    const [first] = plan(wanted, [route('new')], () => true)
    const { ownerReferences } = first?.object.metadata ?? {}
    const stands = standing(policy('p', 'new'))
    const last = plan(
      wanted,
      [route('new'), { ...stands, metadata: { ...stands.metadata, ownerReferences } }],
      () => true,
    )
    expect(last.map(text)).toEqual(['apply HTTPRoute new'])
  })

  it('leads from every standing to what is wanted, with no route unprotected in between', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 })
    fc.assert(
      fc.property(names, names, (before, after) => {
        const made = (each: string[]) => [policy('p', ...each), ...each.map((name) => object('HTTPRoute', name))]
        const stands = new Map(made(before).map((each) => [idOf(each), each]))
        for (const step of plan(
          made(after),
          made(before).map((each) => standing(each)),
          () => true,
        )) {
          if (step.does === 'remove') stands.delete(idOf(step.object))
          else stands.set(idOf(step.object), step.object)
          const protection = JSON.stringify(stands.get('SecurityPolicy tap/p') ?? {})
          for (const each of stands.values())
            if (isRoute(each)) expect(protection).toContain(`"name":"${each.metadata.name}"`)
        }
        expect([...stands.keys()].sort()).toEqual(made(after).map(idOf).sort())
        expect(stands.get('SecurityPolicy tap/p')).toEqual(policy('p', ...after))
      }),
    )
  })
})

describe('what stands covers what is wanted', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, unknown, unknown, boolean]>([
    ['with more fields',          { a: 1, b: 2 },        { a: 1 },             true],
    ['with another value',        { a: 2 },              { a: 1 },             false],
    ['without a field',           {},                    { a: 1 },             false],
    ['where nothing is stated',   {},                    { a: undefined },     true],
    ['item by item',              [{ a: 1, b: 2 }],      [{ a: 1 }],           true],
    ['not with one item more',    [1, 2],                [1],                  false],
    ['not in another order',      [2, 1],                [1, 2],               false],
    ['not with a text for a map', 'a',                   { length: 1 },        false],
  ])('%s', (_what, stands, wanted, expected) => {
    expect(covers(stands, wanted)).toBe(expected)
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { asStated } from '../../../../server/core/kubernetes/diff/as-stated.js'
import { unifiedDiff } from '../../../../server/core/kubernetes/diff/unified-diff.js'

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`)

/** The texts that a difference without context lines left out would be of. */
function sides(lines: readonly string[]) {
  const of = (mark: string) => lines.filter(([first]) => first === ' ' || first === mark).map((each) => each.slice(1))
  return [of('-'), of('+')]
}

describe('a unified difference', () => {
  it('is that of diff -u', () => {
    const before = numbered(1, 20).join('\n')
    const after = [...numbered(1, 4), 'x', ...numbered(6, 18), '20', 'end'].join('\n')
    // printf '%s\n' … | diff -u
    expect(unifiedDiff(before, after)).toEqual([
      '@@ -2,7 +2,7 @@',
      ...[' 2', ' 3', ' 4', '-5', '+x', ' 6', ' 7', ' 8'],
      '@@ -16,5 +16,5 @@',
      ...[' 16', ' 17', ' 18', '-19', ' 20', '+end'],
    ])
    expect(unifiedDiff(before, before)).toEqual([])
    expect(unifiedDiff('', 'a\nb\n')).toEqual(['@@ -0,0 +1,2 @@', '+a', '+b'])
  })

  it('has both texts in it, of short ones whole', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const lines = unifiedDiff(before.join('\n'), after.join('\n')).filter((each) => !each.startsWith('@@'))
        if (lines.length === 0) expect(before).toEqual(after)
        else {
          const [first = [], second = []] = sides(lines)
          expect(before.join(' ')).toContain(first.join(' '))
          expect(after.join(' ')).toContain(second.join(' '))
          expect(lines.filter(([mark]) => mark !== ' ').length).toBeGreaterThan(0)
        }
      }),
    )
  })
})

describe('what stands, as it is stated', () => {
  const wanted = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'a', namespace: 'b', annotations: { mine: '1' } },
    spec: { rules: [{ host: 'x' }] },
  }

  it('has what is stated alone, without defaults and the notes of others', () => {
    const standing = {
      ...wanted,
      status: {},
      metadata: { ...wanted.metadata, uid: 'u', annotations: { mine: '1', theirs: '2' } },
      spec: { rules: [{ host: 'x', defaulted: true }] },
    }
    expect(asStated(standing, wanted)).toEqual(wanted)
  })

  it('has what only a maker sets, though it is stated no more', () => {
    const signin = { 'nginx.ingress.kubernetes.io/auth-signin': 'https://x/login' }
    const standing = {
      ...wanted,
      metadata: { ...wanted.metadata, annotations: { ...signin, mine: '1' } },
      spec: { ...wanted.spec, rules: [{ host: 'x' }, { host: 'y' }], tls: [] },
    }
    expect(asStated(standing, wanted)).toEqual({
      ...wanted,
      metadata: { ...wanted.metadata, annotations: { mine: '1', ...signin } },
      spec: { rules: [{ host: 'x' }, { host: 'y' }], tls: [] },
    })
  })
})

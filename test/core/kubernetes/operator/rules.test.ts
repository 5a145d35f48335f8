import { describe, expect, it } from '@jest/globals'
import { GATEWAYS } from '../../../../server/core/kubernetes/gateway-site.js'
import { backoff } from '../../../../server/core/kubernetes/operator/backoff.js'
import { nextCondition, type Outcome } from '../../../../server/core/kubernetes/operator/condition.js'
import {
  heldLease,
  LEASE_TIMES,
  mayTake,
  type SeenLease,
  seeLease,
} from '../../../../server/core/kubernetes/operator/lease.js'
import { inheritedFields, withoutKopf } from '../../../../server/core/kubernetes/operator/take-over.js'
import { grantFor } from '../../../../server/core/kubernetes/targets/reference-grant.js'
import { gatewaySite } from '../../../../server/kubernetes/site.js'
import { loadSettings } from '../../../../server/settings/load.js'

const NOW = 1_800_000_000
const at = (generation: number, now = NOW) => ({ type: 'ResourceCreated', generation, now })
const done = (is: 'created' | 'updated' | 'unchanged', warnings = ''): Outcome => ({ is, subject: 'Ingress', warnings })

describe('the condition of a resource', () => {
  const created = nextCondition(undefined, done('created'), at(1))

  it('says what Gafaelfawr’s says', () => {
    expect(created).toEqual({
      type: 'ResourceCreated',
      status: 'True',
      reason: 'Created',
      message: 'Ingress was created',
      lastTransitionTime: '2027-01-15T08:00:00Z',
      observedGeneration: 1,
    })
  })

  it('is not written again where nothing has changed, nor where it fails in the same way', () => {
    expect(nextCondition(created, done('unchanged'), at(1, NOW + 60))).toBeUndefined()
    const failed = nextCondition(created, { is: 'failed', message: 'x' }, at(1))
    expect(failed).toMatchObject({ status: 'False', reason: 'Failed', message: 'x' })
    expect(nextCondition(failed, { is: 'failed', message: 'x' }, at(1))).toBeUndefined()
    expect(nextCondition(failed, { is: 'failed', message: 'y' }, at(1))).toMatchObject({ message: 'y' })
  })

  it('says what a gateway cannot do, and when that has changed', () => {
    const warned = nextCondition(created, done('unchanged', 'tls: elsewhere'), at(1))
    expect(warned).toMatchObject({ status: 'True', message: 'Ingress was updated. tls: elsewhere' })
    expect(nextCondition(warned, done('unchanged', 'tls: elsewhere'), at(1))).toBeUndefined()
  })

  it('names the new generation, and keeps the time at which it last turned', () => {
    expect(nextCondition(created, done('unchanged'), at(2, NOW + 60))).toMatchObject({
      observedGeneration: 2,
      lastTransitionTime: '2027-01-15T08:00:00Z',
    })
    expect(nextCondition(created, { is: 'failed', message: 'x' }, at(2, NOW + 60))).toMatchObject({
      lastTransitionTime: '2027-01-15T08:01:00Z',
    })
  })
})

describe('a lease', () => {
  const seen = (holder: string, since: number): SeenLease => ({
    spec: { holderIdentity: holder, leaseDurationSeconds: 15 },
    resourceVersion: '1',
    since,
  })

  it('may be taken from its holder only when it has not changed for its whole time', () => {
    expect(mayTake(seen('other', 0), 'me', 15_000)).toBe(false)
    expect(mayTake(seen('other', 0), 'me', 15_001)).toBe(true)
    expect(mayTake(seen('me', 0), 'me', 1)).toBe(true)
    expect(mayTake({ ...seen('', 0) }, 'me', 1)).toBe(true)
  })

  it('runs by the clock of the candidate, from when it saw the last renewal', () => {
    const first = seeLease(undefined, seen('other', 0), 1_000)
    expect(seeLease(first, seen('other', 0), 9_000).since).toBe(1_000)
    expect(seeLease(first, { ...seen('other', 0), resourceVersion: '2' }, 9_000).since).toBe(9_000)
  })

  it('counts its holders, and keeps when the present one began', () => {
    const mine = heldLease(undefined, 'me', LEASE_TIMES, 0)
    expect(mine).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 15, leaseTransitions: 0 })
    expect(mine.renewTime).toBe('1970-01-01T00:00:00.000000Z')
    expect(heldLease(mine, 'me', LEASE_TIMES, 2_000)).toMatchObject({
      acquireTime: '1970-01-01T00:00:00.000000Z',
      renewTime: '1970-01-01T00:00:02.000000Z',
      leaseTransitions: 0,
    })
    expect(heldLease(mine, 'you', LEASE_TIMES, 2_000)).toMatchObject({ holderIdentity: 'you', leaseTransitions: 1 })
  })

  it('is given up before it can be taken', () => {
    expect(LEASE_TIMES.deadline + LEASE_TIMES.retry).toBeLessThan(LEASE_TIMES.duration)
  })
})

describe('the wait after a failure', () => {
  it('grows from half a second to five minutes, and is spread', () => {
    expect([1, 2, 3, 20].map((each) => backoff(each, 1))).toEqual([500, 1_000, 2_000, 300_000])
    expect(backoff(1, 0)).toBe(250)
  })
})

describe('what Kopf has left', () => {
  const metadata = { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '7' }

  it('is removed, and the rest stays', () => {
    const marked = {
      ...metadata,
      finalizers: ['other', 'kopf.zalando.org/KopfFinalizerMarker'],
      annotations: { 'kopf.zalando.org/touch-dummy': 'x', mine: 'y' },
    }
    expect(withoutKopf(marked)).toEqual({
      resourceVersion: '7',
      finalizers: ['other'],
      annotations: { 'kopf.zalando.org/touch-dummy': null },
    })
    expect(withoutKopf({ ...metadata, finalizers: ['other'], annotations: { mine: 'y' } })).toBeUndefined()
  })

  it('leaves the books of others alone, and those that are ours already', () => {
    const former = {
      manager: 'kopf',
      operation: 'Update',
      fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:mark': {} } } },
    }
    const other = { manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:metadata': {} } }
    expect(inheritedFields([other, former], 'mark')).toEqual([
      { ...former, manager: 'postern-operator', operation: 'Apply' },
      other,
    ])
    expect(inheritedFields([other], 'mark')).toBeUndefined()
    expect(inheritedFields([{ ...former, subresource: 'status' }], 'mark')).toBeUndefined()
    expect(inheritedFields([former, { manager: 'postern-operator', operation: 'Apply' }], 'mark')).toBeUndefined()
  })
})

describe('the grant of a namespace', () => {
  const site = gatewaySite(loadSettings({ POSTERN_CONFIG: 'test/kubernetes/site.yaml' }), () => undefined)

  it('is one for all of its gateways, so that no route takes another’s away', () => {
    const grant = JSON.stringify(grantFor(site, 'tap', GATEWAYS))
    expect(grant).toContain('"kind":"SecurityPolicy"')
    expect(grant.match(/"kind":"HTTPRoute"/g)).toHaveLength(1)
    expect(grantFor(site, 'tap', ['nginx', 'traefik'])).toBeUndefined()
    expect(grantFor(site, site.checks.namespace, GATEWAYS)).toBeUndefined()
  })
})

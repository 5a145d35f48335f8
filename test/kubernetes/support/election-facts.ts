import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { LEASE } from '../../../server/kubernetes/cluster/kinds.js'
import { getObject, patchObject } from '../../../server/kubernetes/cluster/objects.js'
import { Election } from '../../../server/kubernetes/operator/election.js'
import { eventually } from '../../support/eventually.js'
import { newNamespace } from './cluster.js'

const TIMES = { duration: 2_000, deadline: 1_000, retry: 100 }
const silent = { warn: () => undefined, info: () => undefined, error: () => undefined, debug: () => undefined }

interface Candidate {
  readonly election: Election
  stop(): Promise<void>
}

/** That of several candidates one leads, on each API server. */
export function electionFacts(connect: () => Promise<ApiClient>): void {
  describe('an election', () => {
    let api: ApiClient
    let namespace: string
    const candidates: Candidate[] = []
    /** Who writes now, and what was seen that must not be. */
    const writing = new Set<string>()
    const overlaps: string[] = []

    beforeAll(async () => {
      api = await connect()
      namespace = await newNamespace(api, 'election')
    })
    afterEach(async () => {
      await Promise.all(candidates.splice(0).map((each) => each.stop()))
    })

    function run(candidate: string, place: string, through: ApiClient = api): Candidate {
      const stopping = new AbortController()
      const lead = async (signal: AbortSignal) => {
        if (writing.size > 0) overlaps.push(`${candidate} beside ${[...writing].join()}`)
        writing.add(candidate)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        writing.delete(candidate)
      }
      const options = { place: { namespace, name: place }, candidate, lead, log: silent as never, times: TIMES }
      const election = new Election({ ...options, api: through })
      const ended = election.run(stopping.signal)
      const started = {
        election,
        async stop() {
          stopping.abort()
          await ended
        },
      }
      candidates.push(started)
      return started
    }
    const leaders = () => candidates.filter(({ election }) => election.isLeader).length

    it('has one of three lead, and the next one when it stops', async () => {
      for (const each of ['a', 'b', 'c']) run(each, 'stops')
      await eventually(() => expect(leaders()).toBe(1))
      const first = candidates.findIndex(({ election }) => election.isLeader)
      const [leader] = candidates.splice(first, 1)
      await leader?.stop()
      await eventually(() => expect(leaders()).toBe(1))
      expect(overlaps).toEqual([])
    })

    it('has a leader stop that cannot reach the API server, before another begins', async () => {
      let isCut = false
      const cut = Object.create(api) as ApiClient
      const within = api.within.bind(api)
      cut.within = (signal) => {
        const inner = within(signal)
        const request = inner.request.bind(inner)
        inner.request = (asked) => (isCut ? Promise.reject(new Error('cut off')) : request(asked))
        return inner
      }
      const first = run('cut', 'cut', cut)
      await eventually(() => first.election.isLeader)
      const second = run('next', 'cut')
      isCut = true
      await eventually(() => second.election.isLeader)
      expect([first.election.isLeader, overlaps]).toEqual([false, []])
    })

    it('has a leader stop whose lease another has taken', async () => {
      const first = run('robbed', 'robbed')
      await eventually(() => first.election.isLeader)
      const renewTime = new Date().toISOString().replace('Z', '000Z')
      const spec = { holderIdentity: 'thief', renewTime, leaseDurationSeconds: 60 }
      await patchObject(api, LEASE, { namespace, name: 'robbed' }, { spec })
      await eventually(() => !first.election.isLeader && !writing.has('robbed'))
      expect((await getObject(api, LEASE, { namespace, name: 'robbed' }))?.spec).toMatchObject({
        holderIdentity: 'thief',
      })
    })
  })
}

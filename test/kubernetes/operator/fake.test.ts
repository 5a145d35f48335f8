import { afterAll } from '@jest/globals'
import { fakeCluster } from '../support/cluster.js'
import { apiServerContract } from '../support/contract.js'
import { electionFacts } from '../support/election-facts.js'
import type { FakeApiServer } from '../support/fake-api-server.js'
import { operatorFacts } from '../support/operator-facts.js'

let last: FakeApiServer | undefined
const stops: (() => Promise<void>)[] = []
afterAll(() => Promise.all(stops.map((stop) => stop())))

async function connect() {
  const { fake, api } = await fakeCluster()
  stops.push(() => fake.stop())
  last = fake
  return api
}

apiServerContract(connect, () => async () => last?.compact())
operatorFacts(connect)
electionFacts(connect)

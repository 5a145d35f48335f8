import { afterAll } from '@jest/globals'
import { fakeCluster } from '../support/cluster.js'
import { apiServerContract } from '../support/contract.js'
import { electionFacts } from '../support/election-facts.js'
import { operatorFacts } from '../support/operator-facts.js'

const stops: (() => Promise<void>)[] = []
afterAll(() => Promise.all(stops.map((stop) => stop())))

async function connect() {
  const { fake, api } = await fakeCluster()
  stops.push(() => fake.stop())
  return api
}

apiServerContract(connect)
operatorFacts(connect)
electionFacts(connect)

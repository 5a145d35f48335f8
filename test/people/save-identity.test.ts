import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { saveIdentity } from '../../server/people/save-identity.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

describe('first sign-ins at once with one user name', () => {
  it('bind it to exactly one of the identities, and write nothing of the others', async () => {
    for (let round = 0; round < 5; round++) {
      const username = `racer-${round}`
      const subjects = ['1', '2', '3', '4', '5']
      const outcomes = await Promise.all(
        subjects.map((subject) => {
          const identity = { provider: 'institute', issuer: 'https://institute.example', subject }
          return saveIdentity(postern.context, identity, { username, name: `Racer ${subject}` }, postern.now())
        }),
      )
      expect(outcomes.filter(Boolean)).toHaveLength(1)
      const subject = subjects[outcomes.indexOf(true)]
      const { prisma } = postern.context.postgres
      const where = { where: { username } }
      expect(await prisma.person.findMany(where)).toMatchObject([{ subject, name: `Racer ${subject}` }])
      expect(await prisma.identityChange.findMany(where)).toMatchObject([{ action: 'bind', subject }])
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import type { Scope } from '../../server/core/token/scope.js'
import { formatToken } from '../../server/core/token/token.js'
import { loadPrograms, putProgram, type ReadRow } from '../../server/programs/load.js'
import { dropProgram, grantAccess, removeAccess } from '../../server/programs/manage.js'
import { parseProgramInput } from '../../server/programs/schema.js'
import type { Context } from '../../server/storage/context.js'
import { openSession } from '../../server/tokens/open-session.js'
import { eventually } from '../support/eventually.js'
import type { RunningPostern } from '../support/postern.js'
import { startReplicas } from '../support/replicas.js'
import { savePerson } from '../support/save-person.js'
import { ARCHIVE_SETTINGS, EXCLUSIVE } from '../support/stores/archive.js'

/** Long enough that nothing is forgotten for its age. */
const settings = { ...ARCHIVE_SETTINGS, memoryMaxAge: '1h' }
const actor = { username: 'archive' }
const manager = { username: 'archive', scopes: ['admin:programs' as Scope], mayChange: true, actor }
const ADDRESS = 'ada@example.org'

let here: RunningPostern
let there: RunningPostern
let command: Context
let stop: () => Promise<void>
let token: string
let number = 0

beforeAll(async () => {
  ;({ here, there, command, stop } = await startReplicas(settings))
  await signIn(here.context, ADDRESS)
  token = formatToken(await openSession(here.context, { username: 'ada', scopes: [EXCLUSIVE], groups: ['users'] }, {}))
})
afterAll(() => stop())

function signIn(context: Context, email: string) {
  const person = { username: 'ada', email, emailVerified: true as const, groups: [{ name: 'users', id: 1 }] }
  return savePerson(context, 'institute', person, context.clock())
}

async function status(postern: RunningPostern, id: string): Promise<number> {
  const asked = { 'X-Original-Method': 'GET', 'X-Original-URL': 'https://archive.example.org/data' }
  const check = request(postern.server).get(`/ingress/auth?scope=${EXCLUSIVE}&program=${id}`)
  return (await check.set({ ...asked, Authorization: `Bearer ${token}` })).status
}

const exclusive = (id: string, more: object = {}) =>
  parseProgramInput(id, { title: '', public: undefined, period_end: 4_000_000_000, investigators: [], ...more })

async function* rows(count: number, id: string, more: object): AsyncIterable<ReadRow> {
  const values = [
    { id, ...more },
    ...Array.from({ length: count - 1 }, (_, index) => ({ id: `${id}.${index}`, public: true })),
  ]
  for (const [index, value] of values.entries()) yield { line: index + 1, value }
}

const grant = (context: Context, id: string) => grantAccess(context, manager, id, ADDRESS)
const ada = { investigators: [{ kind: 'username' as const, name: 'ada', role: 'co-i' as const }] }

interface Change {
  readonly what: string
  readonly prepare?: (id: string) => Promise<unknown>
  /** What a check comes to before it, and after it. */
  readonly statuses: readonly [before: number, after: number]
  readonly change: (context: Context, id: string) => Promise<unknown>
}

const CHANGES: readonly Change[] = [
  { what: 'a grant', statuses: [403, 200], change: grant },
  {
    what: 'a grant that is taken back',
    prepare: (id) => grant(here.context, id),
    statuses: [200, 403],
    change: (context, id) => removeAccess(context, manager, id, ADDRESS),
  },
  {
    what: 'a program that is made public',
    statuses: [403, 200],
    change: (context, id) => putProgram(context, exclusive(id, { public: true }), actor),
  },
  {
    what: 'a new investigator',
    statuses: [403, 200],
    change: (context, id) => putProgram(context, exclusive(id, ada), actor),
  },
  {
    what: 'an investigator who is one no longer',
    prepare: (id) => putProgram(here.context, exclusive(id, ada), actor),
    statuses: [200, 403],
    change: (context, id) => putProgram(context, exclusive(id), actor),
  },
  {
    what: 'a load of a few',
    statuses: [403, 200],
    change: (context, id) => loadPrograms(context, rows(10, id, { public: true }), actor),
  },
  {
    what: 'a load of very many',
    statuses: [403, 200],
    change: (context, id) => loadPrograms(context, rows(1_500, id, { public: true }), actor),
  },
  {
    what: 'a program that is taken away',
    prepare: (id) => putProgram(here.context, exclusive(id, { public: true }), actor),
    statuses: [200, 403],
    change: (context, id) => dropProgram(context, id, actor),
  },
  {
    what: 'an address that is somebody else’s now',
    prepare: async (id) => {
      await signIn(here.context, ADDRESS)
      await grant(here.context, id)
    },
    statuses: [200, 403],
    change: (context) => signIn(context, 'elsewhere@example.org'),
  },
]

describe('what changes who may read a program, made', () => {
  const makers = [
    ['by the process that is asked', () => there.context],
    ['by another process', () => here.context],
    ['at the command line', () => command],
  ] as const

  describe.each(makers)('%s,', (_who, maker) => {
    it.each(CHANGES)(
      'reaches a process that remembers the program: $what',
      async ({ prepare, statuses: [before, after], change }) => {
        await signIn(here.context, ADDRESS)
        const id = `program-${++number}`
        await putProgram(here.context, exclusive(id), actor)
        await prepare?.(id)
        await eventually(async () => (await status(there, id)) === before)
        expect(await status(there, id)).toBe(before)
        await change(maker(), id)
        await eventually(async () => (await status(there, id)) === after)
        expect(await status(there, id)).toBe(after)
      },
    )
  })

  it('is not asked for again while nothing changes', async () => {
    const id = `program-${++number}`
    await putProgram(here.context, exclusive(id, { public: true }), actor)
    await eventually(async () => (await status(there, id)) === 200)
    await there.context.postgres.prisma.program.update({ where: { id }, data: { public: false } })
    expect(await status(there, id)).toBe(200)
  })
})

import { startFakePostern } from '../../../server/client/index.js'
import { Refusal } from '../../../server/core/access/refusal.js'
import { Secret } from '../../../server/core/token/secret.js'
import { addAccount } from '../../../server/people/add-account.js'
import { putProgram } from '../../../server/programs/load.js'
import { parseProgramInput, programFactsInput } from '../../../server/programs/schema.js'
import { PASSWORD, startPostern } from '../../support/postern.js'
import { ARCHIVE_SETTINGS } from '../../support/stores/archive.js'

const OPERATOR = { username: 'operator' }

export interface Person {
  readonly name: string
  readonly email: string
  readonly uid: number
  readonly gid: number
  readonly groups: readonly { readonly name: string; readonly id: number }[]
}

/** What the contract needs of a Postern, be it the real one or the fake. */
export interface AnyPostern {
  readonly url: string
  now(): number
  advance(seconds: number): void
  token(username: string, options?: { scopes?: readonly string[]; expires?: number }): Promise<string>
  person(username: string, info: Person): Promise<void>
  /** Makes a program that everybody may read, or one person. */
  program(id: string, reader: 'public' | { readonly username: string }): Promise<void>
  stop(): Promise<void>
}

export async function startReal(): Promise<AnyPostern> {
  const postern = await startPostern({
    baseUrl: 'https://data.example.org',
    settings: ARCHIVE_SETTINGS,
  })
  const { url, now, advance, token, stop, context } = postern
  return {
    url,
    now,
    advance,
    token,
    stop,
    async person(username, { groups, ...info }) {
      const named = groups.map(({ name, id }) => ({ name, gid: id }))
      const account = { username, password: new Secret(PASSWORD), groups: named, ...info }
      const added = await addAccount(context, account)
      if (added instanceof Refusal) throw new Error(added.message)
    },
    async program(id, reader) {
      const investigators = reader === 'public' ? [] : [{ ...reader, role: 'pi' as const }]
      await putProgram(
        context,
        parseProgramInput(id, programFactsInput.parse({ public: reader === 'public', investigators })),
        OPERATOR,
      )
    },
  }
}

export async function startFake(): Promise<AnyPostern> {
  let now = 1_800_000_000
  const fake = await startFakePostern({ clock: () => now })
  return {
    url: fake.url,
    now: () => now,
    advance(seconds) {
      now += seconds
    },
    token: async (username, { scopes = ['read:tap'], ...options } = {}) =>
      fake.createToken(username, { scopes, ...options }),
    program: async (id, reader) => fake.setProgram(id, reader === 'public' ? reader : [reader.username]),
    person: async (username, info) => fake.setUserInfo(username, info),
    stop: fake.stop,
  }
}

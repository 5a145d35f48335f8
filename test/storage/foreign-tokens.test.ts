import { describe, expect, it } from '@jest/globals'
import { foreignToken } from '../../server/core/token/foreign/foreign-token.js'
import { hashByRecipe } from '../../server/core/token/foreign/jupyterhub.js'
import { ForeignTokens } from '../../server/storage/foreign-tokens.js'
import type { StoredRecipe } from '../../server/storage/postgres/imports/recipes.js'
import { StoreOverloaded } from '../../server/storage/unavailable.js'

const MADE = '56a9cf3d0b2e4c7d8f1a2b3c4d5e6f70'
const CHOSEN = '56a9-chosen-by-a-user'
const ONCE = 'sha512:1:0123456789abcdef'
const OFTEN = 'sha512:16384:0123456789abcdef'

/** A table of recipes that counts its readers, and a clock. */
function table(taken: ConstructorParameters<typeof ForeignTokens>[0] = ['sha256', 'jupyterhub']) {
  const rows: (StoredRecipe & { id: string })[] = []
  const state = { queries: 0, now: 0 }
  const tokens = new ForeignTokens(
    taken,
    (after, limit) => {
      state.queries++
      return Promise.resolve(rows.filter(({ id }) => Number(id) > Number(after)).slice(0, limit))
    },
    () => state.now,
  )
  const add = (recipe: string, token: string) => {
    const { key } = foreignToken('jupyterhub', hashByRecipe(recipe, token))
    rows.push({ id: String(rows.length + 1), key, prefix: token.slice(0, 4), recipe })
    return key
  }
  const complete = async (text: string) => {
    const read = tokens.read(text)
    return read && (await tokens.complete(read))
  }
  return { tokens, state, add, complete }
}

describe('tokens of other systems', () => {
  it('are found by the recipe of their hash, also one that was imported while the process ran', async () => {
    const { state, add, complete } = table()
    expect((await complete(MADE))?.key).toBe(foreignToken('sha256', MADE).key)
    const key = add(ONCE, MADE)
    state.now = 2_000
    expect((await complete(MADE))?.key).toBe(key)
    const other = MADE.replace('70', '71')
    expect((await complete(other))?.key).toBe(foreignToken('sha256', other).key)
  })

  it('that were imported in this second are found at once, also by a request that was waiting for others', async () => {
    const { tokens, state, add, complete } = table()
    const waiting = complete('an-invented-token-0')
    const key = add(ONCE, MADE)
    tokens.readAgain()
    expect((await complete(MADE))?.key).toBe(key)
    await waiting
    const later = add(ONCE, MADE.replace('70', '71'))
    tokens.readAgain()
    expect((await complete(MADE.replace('70', '71')))?.key).toBe(later)
    expect(state.queries).toBe(3)
  })

  it('are read in more than one part where there are many', async () => {
    const { add, complete } = table()
    for (let number = 0; number < 1_500; number++) add(ONCE, `${String(number).padStart(4, '0')}-of-many-tokens`)
    expect((await complete('1499-of-many-tokens'))?.algorithm).toBe('jupyterhub')
  })

  it('with a slow hash are hashed once, and found without waiting from then on', async () => {
    const { tokens, add, complete } = table()
    const key = add(OFTEN, CHOSEN)
    expect(tokens.read(CHOSEN)?.algorithm).toBe('sha256')
    expect((await complete(CHOSEN))?.key).toBe(key)
    expect(tokens.read(CHOSEN)?.key).toBe(key)
  })

  it('that are invented make one query for all of a second', async () => {
    const { state, complete } = table()
    const invented = (number: number) => complete(`an-invented-token-${number}`)
    await Promise.all(Array.from({ length: 500 }, (_, number) => invented(number)))
    state.now = 1_000
    await invented(501)
    expect(state.queries).toBe(1)
    state.now = 1_300
    await invented(502)
    expect(state.queries).toBe(2)
  })

  it('that are invented make few slow hashes in a second, and then none at all', async () => {
    const { state, add, complete } = table()
    add(OFTEN, CHOSEN)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, number) => complete(`56a9-an-invented-one-${number}`)),
    )
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBe(75)
    expect(refused[0]).toMatchObject({ reason: expect.any(StoreOverloaded) })
    state.now = 1_300
    expect((await complete(CHOSEN))?.algorithm).toBe('jupyterhub')
  })

  it('are none where the site takes none, and of the forms that it takes alone', async () => {
    const none = table([])
    none.add(ONCE, MADE)
    expect([await none.complete(MADE), none.state.queries]).toEqual([undefined, 0])
    const hashed = table(['sha256'])
    hashed.add(ONCE, MADE)
    expect([(await hashed.complete(MADE))?.algorithm, hashed.state.queries]).toEqual(['sha256', 0])
    const salted = table(['jupyterhub'])
    salted.add(ONCE, MADE)
    expect((await salted.complete(MADE))?.algorithm).toBe('jupyterhub')
    expect(await salted.complete(CHOSEN)).toBeUndefined()
  })
})

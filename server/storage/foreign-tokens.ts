import { LRUCache } from 'lru-cache'
import {
  type ForeignAlgorithm,
  type ForeignToken,
  foreignToken,
  hasForeignForm,
  type ReadForeign,
} from '../core/token/foreign/foreign-token.js'
import { hashByRecipe, isSlow, PREFIX_LENGTH } from '../core/token/foreign/jupyterhub.js'
import type { TokenKey } from '../core/token/token.js'
import type { StoredRecipe } from './postgres/imports/recipes.js'
import { StoreOverloaded } from './unavailable.js'

/** Lists recipes after an id, oldest first. */
type RecipesAfter = (id: string, limit: number) => Promise<readonly (StoredRecipe & { readonly id: string })[]>

const RECIPES_PER_QUERY = 1_000
/** Somewhat above a second: in a flood of invented texts, new recipes are looked for once in any second. */
const PAUSE_MS = 1_200
/** Slow hashes in a second, each of which takes some milliseconds. */
const MAX_SLOW = 25
/** Texts whose slow hash is known, so that it is made once. */
const MAX_FOUND = 10_000

/**
 * Reads tokens of other systems that were imported by their hashes. Of a plain hash the key follows from the text. With a salted one
 * the salt is needed first: the recipes of all such tokens are in memory, by the characters that the tokens begin with.
 *
 * Attack: a flood of invented texts. None makes a query of its own here: new recipes are read once in a second for all of
 * them, and slow hashes are bounded. Their keys are looked up as all unknown keys are.
 */
export class ForeignTokens {
  readonly #takes: ReadonlySet<ForeignAlgorithm>
  readonly #recipesAfter: RecipesAfter
  readonly #ticks: () => number
  readonly #recipes = new Map<string, StoredRecipe[]>()
  readonly #found = new LRUCache<TokenKey, ForeignToken>({ max: MAX_FOUND })
  #last = '0'
  #reading: Promise<void> | undefined
  #pauseUntil = Number.NEGATIVE_INFINITY
  /** Counts the calls of {@link readAgain}: a query of before may have missed what was imported. */
  #edition = 0
  #slow = { since: Number.NEGATIVE_INFINITY, count: 0 }

  /** @param ticks milliseconds of a clock that never steps */
  constructor(taken: readonly ForeignAlgorithm[], recipesAfter: RecipesAfter, ticks: () => number) {
    this.#takes = new Set(taken)
    this.#recipesAfter = recipesAfter
    this.#ticks = ticks
  }

  /** Reads a text from what is in memory. It may be the token of a recipe that is read later: see {@link complete}. */
  readonly read: ReadForeign = (text) => {
    if (this.#takes.size === 0 || !hasForeignForm(text)) return undefined
    const plain = foreignToken('sha256', text)
    return this.#found.get(plain.key) ?? this.#salted(text, false) ?? plain
  }

  /**
   * Returns the token to look up for one that was read: itself, or the salted one that it is by a recipe that was imported since.
   *
   * @throws StoreOverloaded when too many slow hashes would be made
   */
  async complete(token: ForeignToken): Promise<ForeignToken | undefined> {
    if (token.algorithm === 'jupyterhub') return token
    if (this.#takes.has('jupyterhub')) {
      await this.#readRecipes()
      const salted = this.#salted(token.secret.reveal(), true)
      if (salted) {
        this.#found.set(token.key, salted)
        return salted
      }
    }
    return this.#takes.has('sha256') ? token : undefined
  }

  /** Has the next unknown text look for recipes at once: tokens were imported. */
  readAgain(): void {
    this.#edition++
    this.#pauseUntil = Number.NEGATIVE_INFINITY
    this.#reading = undefined
  }

  #salted(text: string, slow: boolean): ForeignToken | undefined {
    if (!this.#takes.has('jupyterhub')) return undefined
    for (const { key, recipe } of this.#recipes.get(text.slice(0, PREFIX_LENGTH)) ?? []) {
      if (isSlow(recipe)) {
        if (!slow) continue
        this.#countSlow()
      }
      const token = foreignToken('jupyterhub', hashByRecipe(recipe, text))
      if (token.key === key) return token
    }
    return undefined
  }

  #countSlow(): void {
    const now = this.#ticks()
    if (now >= this.#slow.since + 1000) this.#slow = { since: now, count: 0 }
    if (++this.#slow.count > MAX_SLOW) throw new StoreOverloaded('Too many slow hashes at a time')
  }

  /** Reads the recipes that were imported since; at once, or together with the others that wait for it. */
  async #readRecipes(): Promise<void> {
    if (this.#ticks() < this.#pauseUntil) return
    const reading = this.#reading ?? this.#readNew(this.#edition)
    this.#reading = reading
    await reading.finally(() => {
      if (this.#reading === reading) this.#reading = undefined
    })
  }

  async #readNew(edition: number): Promise<void> {
    for (;;) {
      const rows = await this.#recipesAfter(this.#last, RECIPES_PER_QUERY)
      for (const { id, key, prefix, recipe } of rows) {
        // Another query, of a later edition, may have come first.
        if (BigInt(id) <= BigInt(this.#last)) continue
        const others = this.#recipes.get(prefix)
        if (others) others.push({ key, prefix, recipe })
        else this.#recipes.set(prefix, [{ key, prefix, recipe }])
        this.#last = id
      }
      if (rows.length < RECIPES_PER_QUERY) break
    }
    if (edition === this.#edition) this.#pauseUntil = this.#ticks() + PAUSE_MS
  }
}

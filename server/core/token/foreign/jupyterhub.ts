import { createHash } from 'node:crypto'

/** Characters of a token that JupyterHub stores beside its hash, to find it by. */
export const PREFIX_LENGTH = 4

const HASHED = /^((sha256|sha384|sha512):([1-9]\d{0,4}):[A-Za-z0-9]{1,64}):([0-9a-f]+)$/
const RECIPE = /^(sha256|sha384|sha512):(\d{1,5}):([A-Za-z0-9]{1,64})$/
const DIGITS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 }
/** Rounds that are hashed in one step, so that no step takes much memory. */
const ROUNDS_PER_STEP = 512

/**
 * How JupyterHub hashed a token: `algorithm:rounds:salt`. The salt is hashed first, then the token as often as there are rounds: once
 * for the tokens that JupyterHub made, 16384 times for those that a user chose.
 */
export type Recipe = string

/** Splits what JupyterHub has in `hashed`, `algorithm:rounds:salt:digest`; undefined for another text. */
export function recipeOf(hashed: string): Recipe | undefined {
  const [, recipe, algorithm = '', , digest = ''] = HASHED.exec(hashed) ?? []
  return digest.length === DIGITS[algorithm] ? recipe : undefined
}

/** Hashes a token as JupyterHub does, to the text that it has in `hashed`. */
export function hashByRecipe(recipe: Recipe, token: string): string {
  const [, algorithm = '', rounds, salt = ''] = RECIPE.exec(recipe) ?? []
  const hashing = createHash(algorithm).update(salt)
  for (let left = Number(rounds); left > 0; left -= ROUNDS_PER_STEP)
    hashing.update(token.repeat(Math.min(left, ROUNDS_PER_STEP)))
  return `${recipe}:${hashing.digest('hex')}`
}

/** Returns whether a hash is slow on purpose, so that guessing it is. */
export function isSlow(recipe: Recipe): boolean {
  return Number(RECIPE.exec(recipe)?.[2]) > 1
}

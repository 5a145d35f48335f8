import { describe, it } from '@jest/globals'
import { type Program, systemPackages } from '../programs/system-packages.mjs'

/** What a suite needs of a machine. */
interface Need {
  readonly isMet: boolean
  /** What is missing, in the suite's name: `this user is not root`. */
  readonly otherwise: string
  /** Whether this machine could have it, so that the suite fails with CI=true instead. */
  readonly couldBeMet?: boolean
}

/** `describe`, for a suite that not every machine can run: it is skipped with the reason in its name. */
export function describeWhere({ isMet, otherwise, couldBeMet = false }: Need, name: string, suite: () => void): void {
  if (isMet) {
    describe(name, suite)
  } else if (process.env.CI === 'true' && couldBeMet) {
    it(name, () => {
      throw new Error(`Not run: ${otherwise}`)
    })
  } else {
    describe.skip(`${name} (skipped: ${otherwise})`, suite)
  }
}

/**
 * `describe`, for a suite that needs programs. Where one is missing the suite is skipped, and says so in its name; with
 * CI=true it fails instead, so that no machine passes by having nothing to test with, unless one is not made for it.
 */
export function describeWith(programs: readonly Program[], name: string, suite: () => void): void {
  const missing = programs.map((program) => systemPackages[program]).filter((each) => !each.isInstalled())
  const packages = missing.map((each) => each.package).join(' ')
  if (missing.length === 0) {
    describe(name, suite)
  } else if (process.env.CI === 'true' && missing.every(({ isOffered }) => isOffered?.() ?? true)) {
    it(`${name}: needs ${packages}`, () => {
      throw new Error(`Not installed, by the set-up of the tests: ${packages}`)
    })
  } else {
    describe.skip(`${name} (skipped: not installed: ${packages})`, suite)
  }
}

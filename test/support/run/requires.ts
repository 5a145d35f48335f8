import { describe, it } from '@jest/globals'
import { type Program, systemPackages } from '../programs/system-packages.mjs'

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

import { StepFailed } from './step.mjs'

const OLDEST = [20, 19]

/**
 * @param {string} version as in process.versions.node
 * @throws {StepFailed}
 */
export function refuseOldNode(version) {
  const [major, minor] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return
  throw new StepFailed(
    `Postern needs Node.js ${OLDEST.join('.')} or newer, and this is ${version}: see https://nodejs.org/.`,
  )
}

// The suites that want a real API server: `npm run test:kubernetes`. `npm test` runs the same facts on one in memory.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import config from '../../jest.config.mjs'

const integration = config.projects.find(({ displayName }) => displayName === 'integration')
const rootDir = path.resolve(fileURLToPath(new URL('../..', import.meta.url)))
const own = {
  rootDir,
  displayName: 'kubernetes',
  testRegex: ['/test/kubernetes/real-server\\.ts$'],
  testPathIgnorePatterns: [],
}

export default { projects: [{ ...integration, ...own }], testTimeout: 180_000 }

// The suites that want a real API server: `npm run test:kubernetes`. `npm test` runs the same facts on one in memory.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import config from '../../jest.config.mjs'

const unit = config.projects.find(({ displayName }) => displayName === 'unit')
const rootDir = path.resolve(fileURLToPath(new URL('../..', import.meta.url)))

export default {
  projects: [
    { ...unit, rootDir, displayName: 'kubernetes', testRegex: ['/test/kubernetes/real-server\\.ts$'], setupFiles: [] },
  ],
  testTimeout: 180_000,
}

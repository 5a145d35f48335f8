// `npm run mutants`, `npm run mutants -- --mutate server/core/token/ancestry.ts`: changes the rules of core/ in one place at a
// time and counts the changes that no unit test finds.
import jestConfig from './jest.config.mjs'

const unit = jestConfig.projects.find(({ displayName }) => displayName === 'unit')

export default {
  mutate: ['server/core/**/*.ts'],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  // Stryker's own environment counts which test covers what.
  jest: { projectType: 'custom', config: { ...unit, testEnvironment: 'node' } },
  coverageAnalysis: 'perTest',
  // Tables that are built when a file is loaded: every test would have to run again for each of their words.
  ignoreStatic: true,
  // A file that is not there: TypeScript 7 has no interface with which Stryker could read one, and the tests need none.
  tsconfigFile: 'tsconfig.mutants.json',
  ignorePatterns: ['dist', '.postern', 'test/artefacts', 'test/.wheels'],
  reporters: ['clear-text', 'progress'],
  concurrency: 1,
  cleanTempDir: 'always',
  thresholds: { high: 100, low: 95, break: 95 },
}

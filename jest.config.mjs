/**
 * Which project a test file belongs to, by files and folders below test/: the first list that has it. The rest is
 * *integration*: Postern in the test's own process, on the stores of the run.
 */
const PROJECTS = {
  // No server, no build, no store.
  unit: [
    'api/openapi/examples',
    'api/openapi/patterns',
    'authn/authenticate-request',
    'bench/junk-queries',
    'bench/peers',
    'bench/scale/model',
    'bench/soak/growth',
    'client/identity',
    'client/postern-client',
    'client/require-token',
    'client/token-info-cache',
    'core',
    'deploy/kubernetes',
    'deploy/set-up-parts',
    'docs',
    'explain/sentences',
    'faults/deaths',
    'faults/ledger',
    'house',
    'ingress/at-once/cached-locations',
    'ingress/door/fuzz/same-answers',
    'ingress/door/parse-head',
    'ingress/explanation-link',
    'kubernetes/crds',
    'kubernetes/envoy-headers',
    'kubernetes/operator',
    'kubernetes/render',
    'language',
    'operate/lifecycle/advice-on-address',
    'operate/lifecycle/worker-count',
    'operate/observability/log',
    'operate/telemetry/metric-data',
    'pages/recipes/shown',
    'pages/shared/accent-colour',
    'pages/shared/assets',
    'pages/shared/compression',
    'pages/shared/every-page',
    'pages/shared/format',
    'pages/shared/own-paths',
    'pages/shared/views',
    'settings',
    'storage/cache/extended',
    'storage/cache/invalidation-message',
    'storage/cache/reception',
    'storage/cache/token-cache',
    'storage/cache/token-cache-bytes',
    'storage/cache/token-cache-invalidation',
    'storage/foreign-tokens',
    'storage/outage-log',
    'storage/postgres/transaction-gate',
    'storage/unavailable',
    'support',
    'words',
  ],
  // Programs beside Postern: proxies, clients, browsers, store servers, Postern itself as processes.
  system: [
    'browser',
    'client/package',
    'clients',
    'deploy',
    'embedded',
    'faults',
    'ingress/cost/in-processes',
    'login/providers/saml/pysaml2',
    'operate',
    'pictures',
    'proxies',
    'smuggling',
    'storage/ldap',
    'storage/postgres/failover',
    'storage/postgres/pgbouncer',
    'storage/postgres/prisma',
    'storage/postgres/tls',
    'storage/redis',
    'storage/three-machines',
    'tokens/gafaelfawr/rehearsal',
  ],
}

/** @param {string} file a path below test/ */
export function projectOf(file) {
  const has = (paths) => paths.some((each) => file.startsWith(`${each}/`) || file === `${each}.test.ts`)
  return Object.keys(PROJECTS).find((name) => has(PROJECTS[name])) ?? 'integration'
}

const transform = {
  '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
}

const shared = {
  roots: ['<rootDir>/test'],
  transform,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironment: '<rootDir>/test/support/run/realm/environment.mjs',
}

/** One realm for the files of a worker, which load the server and the packages once. Mutants need a realm each: so do units. */
const oneRealm = {
  runtime: '<rootDir>/test/support/run/realm/shared-runtime.mjs',
  testEnvironment: '<rootDir>/test/support/run/realm/shared-environment.mjs',
  injectGlobals: false,
}

const stores = {
  globalSetup: '<rootDir>/test/support/run/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/run/global-teardown.mjs',
}

/** Regular expressions of the tests of a project. */
const testsOf = (name) => PROJECTS[name].map((each) => `/test/${each}(/.*)?\\.test\\.ts$`)

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testRegex: testsOf('unit'),
      setupFiles: ['<rootDir>/test/support/run/without-stores.mjs'],
    },
    {
      ...shared,
      ...oneRealm,
      ...stores,
      displayName: 'integration',
      testRegex: ['\\.test\\.ts$'],
      testPathIgnorePatterns: [...testsOf('unit'), ...testsOf('system')],
    },
    {
      ...shared,
      ...oneRealm,
      ...stores,
      displayName: 'system',
      testRegex: testsOf('system'),
      testPathIgnorePatterns: testsOf('unit'),
    },
  ],
  reporters: ['default', '<rootDir>/test/support/run/results-reporter.mjs'],
  testSequencer: '<rootDir>/test/support/run/slow-first.mjs',
  // As many as the smallest machine has cores: tests start processes of their own, which need them too.
  maxWorkers: 2,
  // Each file leaves some of its modules behind, and the garbage collector goes over them in every later file.
  workerIdleMemoryLimit: '1GB',
  // A worker ends by itself when its handles are closed, and needs more than the usual half a second on a busy machine.
  workerGracefulExitTimeout: 10_000,
  testTimeout: 180_000,
}

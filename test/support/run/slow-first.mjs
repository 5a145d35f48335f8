import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Sequencer from '@jest/test-sequencer'
import { projectOf } from '../../../jest.config.mjs'

const tests = fileURLToPath(new URL('../..', import.meta.url))

/** The files of half a minute or more, the slowest first: one that is begun last keeps a single worker busy at the end. */
export const SLOW = [
  'browser/every-page',
  'pictures/pictures',
  'operate/cluster/worker-pool',
  'browser/access/reading-order',
  'operate/rolling/upgrade',
  'faults/faults',
  'browser/passkeys',
  'api/access-matrix',
  'clients/schemathesis',
  'clients/tap',
  'operate/lifecycle/start',
  'clients/mast',
  'embedded/older-postgres',
  'operate/cli/migrate/from-gafaelfawr',
  'deploy/docker',
  'storage/redis/redis-kinds',
  'tokens/gafaelfawr/rehearsal',
  'storage/audit/stores/stores',
]

const PROJECTS = ['system', 'integration', 'unit']

/** Starts slow files first. Jest does so by the times of earlier runs, which a fresh clone does not have. */
export default class SlowFirst extends Sequencer {
  sort(tests) {
    return super
      .sort(tests)
      .map((test) => [rankOf(test.path), test])
      .sort(([one], [other]) => one - other)
      .map(([, test]) => test)
  }
}

/** @param {string} file its absolute path */
export function rankOf(file) {
  const name = path.relative(tests, file)
  const slow = SLOW.indexOf(name.replace('.test.ts', ''))
  return slow === -1 ? SLOW.length + PROJECTS.indexOf(projectOf(name)) : slow
}

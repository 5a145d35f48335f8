// Everything between a clone and a start, run by `npm start` and, with --with-tests, by `npm test`. Each step is skipped when
// its result is there already, and a step that was cut off is done again. It needs nothing but Node, because it may run
// before anything is installed.
import { build } from './set-up/build.mjs'
import { installDependencies } from './set-up/dependencies.mjs'
import { refuseOldNode } from './set-up/node-version.mjs'
import { ensureRedis } from './set-up/redis.mjs'
import { StepFailed, say } from './set-up/step.mjs'

try {
  refuseOldNode(process.versions.node)
  ensureRedis()
  installDependencies()
  build()
  if (process.argv.includes('--with-tests')) {
    const { installMissing } = await import('../test/support/run/system-packages.mjs')
    await installMissing()
  }
} catch (error) {
  if (!(error instanceof StepFailed)) throw error
  if (error.output) say(error.output)
  say(error.message)
  process.exitCode = 1
}

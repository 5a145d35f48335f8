// Everything between a clone and a start, run by `npm start` and by `npm test`. Each step is skipped when its result is there
// already, and a step that was cut off is done again. It needs nothing but Node, because it may run before anything is
// installed. For the tests: --no-build stops before the compiler, --types-checked builds without checking the types once
// more, --with-tests installs what the tests need besides.
import { build, generateClient } from './set-up/build.mjs'
import { installDependencies } from './set-up/dependencies.mjs'
import { refuseOldNode } from './set-up/node-version.mjs'
import { ensureRedis } from './set-up/redis.mjs'
import { StepFailed, say } from './set-up/step.mjs'

const has = (option) => process.argv.includes(option)

try {
  refuseOldNode(process.versions.node)
  ensureRedis()
  installDependencies()
  if (has('--no-build')) generateClient()
  else build({ typesAreChecked: has('--types-checked') })
  if (has('--with-tests')) {
    const { installMissing } = await import('../test/support/programs/system-packages.mjs')
    await installMissing()
  }
} catch (error) {
  if (!(error instanceof StepFailed)) throw error
  if (error.output) say(error.output)
  say(error.message)
  process.exitCode = 1
}

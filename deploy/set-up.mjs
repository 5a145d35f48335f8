// Everything between a clone and a start, run by `npm start` and by `npm test`. Each step is skipped when its result is there
// already, and a step that was cut off is done again. Only one set-up at a time changes the folder. It needs nothing but Node,
// because it may run before anything is installed. For the tests: --no-build stops before the compiler, --types-checked
// builds without checking the types once more, --with-tests installs what the tests need besides.
import { build, clientIsGenerated, generateClient, isBuilt } from './set-up/build.mjs'
import { dependenciesAreInstalled, installDependencies } from './set-up/dependencies.mjs'
import { withLock } from './set-up/lock.mjs'
import { refuseOldNode } from './set-up/node-version.mjs'
import { ensureRedis } from './set-up/redis.mjs'
import { remedyFor } from './set-up/remedies.mjs'
import { StepFailed, say } from './set-up/step.mjs'

const has = (option) => process.argv.includes(option)

try {
  refuseOldNode(process.versions.node)
  await ensureRedis()
  // Before the lock, because a folder in which all is done may be closed to writing.
  if (!isDone()) await withLock(setUp)
  if (has('--with-tests')) {
    const { installMissing } = await import('../test/support/programs/system-packages.mjs')
    await installMissing()
  }
} catch (error) {
  const failure = explain(error)
  if (failure.output) say(failure.output)
  say(failure.message)
  process.exitCode = 1
}

function isDone() {
  return dependenciesAreInstalled() && (has('--no-build') ? clientIsGenerated() : isBuilt())
}

async function setUp({ onStart }) {
  await installDependencies({ onStart })
  if (has('--no-build')) await generateClient({ onStart })
  else await build({ typesAreChecked: has('--types-checked'), onStart })
}

/** A file that cannot be written is the operator's to mend; any other error of ours is thrown on. */
function explain(error) {
  if (error instanceof StepFailed) return error
  const remedy = error.syscall && remedyFor(error.message)
  if (!remedy) throw error
  return new StepFailed(`The set-up could not be done. ${remedy}`)
}

import { TestEnvironment } from 'jest-environment-node'

/**
 * Node, where a deprecation warning fails the test that makes it: Node prints each once, in a run's output of a thousand
 * lines. Jest gives tests a copy of `process` that no warning reaches, so that it is listened to out here.
 */
export default class Environment extends TestEnvironment {
  #warnings = []
  #listen = (warning) => {
    if (warning.name === 'DeprecationWarning') this.#warnings.push(warning)
  }

  async setup() {
    await super.setup()
    process.on('warning', this.#listen)
  }

  async teardown() {
    process.off('warning', this.#listen)
    await super.teardown()
  }

  async handleTestEvent(event, state) {
    if (event.name === 'test_fn_success') event.test.errors.push(...(await this.#take()))
    // Those of hooks that run after the last test.
    if (event.name === 'run_finish') state.unhandledErrors.push(...(await this.#take()))
  }

  async #take() {
    // Node emits a warning when the current step of the program is done.
    await new Promise((resolve) => setImmediate(resolve))
    return this.#warnings.splice(0)
  }
}

import Environment from './environment.mjs'

/** The realm of the process, for the tests of {@link import('./shared-runtime.mjs').default}. Each file finds it as it was. */
export default class SharedEnvironment extends Environment {
  #before = { console: globalThis.console, exit: process.exit, env: { ...process.env } }

  constructor(...args) {
    super(...args)
    this.global = globalThis
    this.moduleMocker = new this.moduleMocker.constructor(globalThis)
  }

  async teardown() {
    this.moduleMocker.restoreAllMocks()
    await super.teardown()
    // Jest puts its own in place of these.
    globalThis.console = this.#before.console
    process.exit = this.#before.exit
    for (const name of Object.keys(process.env)) if (!(name in this.#before.env)) delete process.env[name]
    Object.assign(process.env, this.#before.env)
  }
}

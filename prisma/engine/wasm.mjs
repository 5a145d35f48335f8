import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** What the engine said when it panicked: the RuntimeError that reaches JavaScript says only "unreachable". */
export const panic = {
  message: '',
  get() {
    return this.message
  },
  set_message(message) {
    this.message = message
  },
}

/**
 * Loads @prisma/schema-engine-wasm by hand, because Node 20 does not import `.wasm` files without a flag.
 * @returns {Promise<object>} the package's bindings, with `SchemaEngine`
 */
export async function loadEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = panic
  const bindingsFile = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bindings = await import(bindingsFile)
  const wasm = readFileSync(path.join(path.dirname(bindingsFile), 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bindings
}

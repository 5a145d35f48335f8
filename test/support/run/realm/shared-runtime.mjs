import { existsSync, readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { SourceTextModule, SyntheticModule } from 'node:vm'

const TESTS = fileURLToPath(new URL('../../..', import.meta.url))

/** Under these symbols jest keeps the tests of a file and their listeners. */
const STATE = ['JEST_STATE_SYMBOL', 'EVENT_HANDLERS']

/** Modules that the test files of this process share, by their name or path: packages, Node's own, and the server's. */
const shared = new Map()
/** The source map of each transformed file, for the stacks of errors. */
const sourceMaps = new Map()
/** The evaluation of each module that was imported by itself. */
const evaluations = new WeakMap()
/** The last link; one goes on alone, since Node links no module that another link is busy with. */
let linking = Promise.resolve()

/**
 * Jest's runtime with one realm for all test files. In jest's own each file has a realm, where the server and all packages
 * are compiled, evaluated and optimized again. Modules below test/ are evaluated for each file: they register hooks, and
 * hold what the file started.
 */
export default class SharedRuntime {
  #transformer
  #jest
  #globals
  #own = new Map()
  #server

  // The arguments are jest's.
  constructor(...[, environment, , transformer, , , , { watch, watchAll }]) {
    const { moduleMocker } = environment
    this.#transformer = transformer
    this.#jest = { fn: moduleMocker.fn.bind(moduleMocker), spyOn: moduleMocker.spyOn.bind(moduleMocker) }
    // The server's files may change between two runs of a watch.
    this.#server = watch || watchAll ? this.#own : shared
  }

  setGlobalsForRuntime(globals) {
    this.#globals = { ...globals, jest: this.#jest }
  }

  unstable_shouldLoadAsEsm() {
    return true
  }

  async unstable_importModule(file) {
    await this.#import(this.#source(file))
  }

  /** Loads jest's own part that runs the tests of a file. Their state is in its module, so that each file has a new one. */
  requireInternalModule(file) {
    const require = createRequire(file)
    delete require.cache[file]
    const symbols = Object.getOwnPropertySymbols(globalThis)
    for (const symbol of symbols.filter(({ description }) => STATE.includes(description))) delete globalThis[symbol]
    return require(file)
  }

  requireModule(file) {
    throw new Error(`${file} is no module of JavaScript's own kind (ESM)`)
  }

  getSourceMaps() {
    return sourceMaps
  }

  // Jest refuses imports by code that outlives its tests; here they do no harm.
  enterTestCode() {}
  leaveTestCode() {}
  getAllCoverageInfoCopy() {}
  teardown() {
    this.#own.clear()
  }

  async #import(module) {
    if (module.status === 'unlinked') {
      const link = () => (module.status === 'unlinked' ? module.link((...args) => this.#resolve(...args)) : undefined)
      linking = linking.catch(() => undefined).then(link)
      await linking
    }
    if (!evaluations.has(module)) evaluations.set(module, module.evaluate())
    await evaluations.get(module)
    return module
  }

  #resolve(specifier, { identifier }) {
    if (specifier === '@jest/globals') return synthetic(this.#own, specifier, () => this.#globals)
    if (isBuiltin(specifier) || !specifier.startsWith('.')) return synthetic(shared, specifier, () => import(specifier))
    return this.#source(typescriptOf(path.resolve(path.dirname(identifier), specifier)))
  }

  #source(file) {
    const modules = file.startsWith(TESTS) ? this.#own : this.#server
    const module = modules.get(file) ?? this.#read(file)
    modules.set(file, module)
    return module
  }

  #read(file) {
    return new SourceTextModule(file.endsWith('.ts') ? this.#transform(file) : readFileSync(file, 'utf8'), {
      identifier: file,
      initializeImportMeta: (meta) => {
        meta.url = pathToFileURL(file).href
      },
      importModuleDynamically: async (specifier, module) => this.#import(await this.#resolve(specifier, module)),
    })
  }

  #transform(file) {
    const { code, sourceMapPath } = this.#transformer.transform(file, {
      ...{ isInternalModule: false, collectCoverage: false },
      ...{ supportsDynamicImport: true, supportsExportNamespaceFrom: true },
      ...{ supportsStaticESM: true, supportsTopLevelAwait: true },
    })
    if (sourceMapPath) sourceMaps.set(file, sourceMapPath)
    return code
  }
}

/** `./x.js` means `./x.ts` where there is one. */
function typescriptOf(file) {
  const typescript = file.replace(/\.js$/, '.ts')
  return existsSync(typescript) ? typescript : file
}

/** A module of exports that are there already. */
async function synthetic(modules, name, load) {
  const exports = modules.has(name) ? undefined : await load()
  // Another import of the same may have come first meanwhile.
  if (!modules.has(name)) modules.set(name, moduleOf(exports))
  return modules.get(name)
}

function moduleOf(exports) {
  const names = Object.keys(exports)
  return new SyntheticModule(names, function setExports() {
    for (const name of names) this.setExport(name, exports[name])
  })
}

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { run } from './run.mjs'
import { root } from './step.mjs'

/**
 * Packs a folder of server/ as the npm package that it is.
 *
 * In a folder of its own, because compiled files beside the sources would be taken for sources.
 *
 * @param {string} source below the project's folder
 * @param {string} target the folder that the package is written to
 * @throws {StepFailed}
 */
export async function pack(source, target) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postern-pack-'))
  try {
    for (const file of [`${source}/package.json`, `${source}/README.md`, 'LICENSE']) {
      cpSync(path.join(root, file), path.join(folder, path.basename(file)))
    }
    const tsc = [process.execPath, path.join(root, 'node_modules/typescript/bin/tsc')]
    const project = path.join(root, source, 'tsconfig.json')
    await run(`${source} could not be compiled.`, [...tsc, '-p', project, '--outDir', path.join(folder, 'dist')])
    await run(`${source} could not be packed.`, ['npm', 'pack', folder, '--pack-destination', target])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

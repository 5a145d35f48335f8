// Packs server/client as the npm package that service authors install, and writes the server's bill of materials beside it:
// `npm run pack:client -- FOLDER`.
// In a folder of its own, because compiled files beside the sources would be taken for sources.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { run } from './set-up/run.mjs'
import { root } from './set-up/step.mjs'

const target = path.resolve(process.argv[2] ?? '.')
const folder = mkdtempSync(path.join(os.tmpdir(), 'postern-client-'))
try {
  for (const file of ['server/client/package.json', 'server/client/README.md', 'LICENSE']) {
    cpSync(path.join(root, file), path.join(folder, path.basename(file)))
  }
  const tsc = [process.execPath, path.join(root, 'node_modules/typescript/bin/tsc')]
  const project = path.join(root, 'server/client/tsconfig.json')
  await run('The client could not be compiled.', [...tsc, '-p', project, '--outDir', path.join(folder, 'dist')])
  await run('The client could not be packed.', ['npm', 'pack', folder, '--pack-destination', target])
  const bom = [path.join(root, 'deploy/sbom.mjs'), path.join(target, 'postern.cdx.json')]
  await run('The bill of materials could not be written.', [process.execPath, ...bom])
} finally {
  rmSync(folder, { recursive: true })
}

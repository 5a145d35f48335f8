// Packs server/client as the npm package that service authors install, and writes the server's bill of materials beside it:
// `npm run pack:client -- FOLDER`.
import path from 'node:path'
import { pack } from './set-up/pack.mjs'
import { run } from './set-up/run.mjs'
import { root } from './set-up/step.mjs'

const target = path.resolve(process.argv[2] ?? '.')
await pack('server/client', target)
const bom = [path.join(root, 'deploy/sbom.mjs'), path.join(target, 'postern.cdx.json')]
await run('The bill of materials could not be written.', [process.execPath, ...bom])

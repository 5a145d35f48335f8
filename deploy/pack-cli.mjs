// Packs server/postern-cli as the npm package that users run by npx: `npm run pack:cli -- FOLDER`.
import path from 'node:path'
import { pack } from './set-up/pack.mjs'

await pack('server/postern-cli', path.resolve(process.argv[2] ?? '.'))

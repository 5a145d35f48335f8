// A process that moves the data of an older PostgreSQL, and kills itself at its end: node killed-move.mjs <folder>
import { startEmbedded } from '../../../dist/embedded/start.js'
import { copyDatabase } from '../../../dist/storage/postgres/migration/copy-database.js'

const [dataDir] = process.argv.slice(2)

const copy = async (from, to) => {
  await copyDatabase(from, to)
  process.kill(process.pid, 'SIGKILL')
}
await startEmbedded({ dataDir, postgres: true, redis: false, role: 'server', moves: { copy, onKept: () => {} } })

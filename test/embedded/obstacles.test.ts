import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { clusterOf } from '../../server/embedded/postgres-cluster.js'
import { redisBinary } from '../../server/embedded/redis-binary.js'
import { serverHome } from '../../server/embedded/server-home.js'
import { serverUser } from '../../server/embedded/server-user.js'
import { startEmbedded } from '../../server/embedded/start.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'obstacles-'))
const dataDir = path.join(folder, '.postern')
const onlyPostgres = { dataDir, postgres: true, redis: false, role: 'server' } as const

beforeAll(async () => {
  chmodSync(folder, 0o755)
  await startAndStop()
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('embedded PostgreSQL', () => {
  it('starts beside a stranger who was given the pid of one that crashed', async () => {
    const stranger = spawn('sleep', ['600'], { ...serverUser() })
    const pidFile = path.join(cluster(), 'postmaster.pid')
    writeFileSync(pidFile, `${stranger.pid}\n${cluster()}\n1700000000\n5432\n\n127.0.0.1\n 1 2\nready   \n`)
    try {
      await startAndStop()

      expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
    } finally {
      stranger.kill()
    }
  })

  it('throws away what a start left that was cut off while it made the data', async () => {
    const fresh = path.join(folder, 'cut-off')
    mkdirSync(path.join(fresh, 'postgres.unfinished/base'), { recursive: true })

    const stores = await startEmbedded({ ...onlyPostgres, dataDir: fresh })
    await stores.stop()

    expect(readdirSync(fresh)).not.toContain('postgres.unfinished')
  })

  it('does not touch data of another major version', async () => {
    const versionFile = path.join(cluster(), 'PG_VERSION')
    const version = readFileSync(versionFile, 'utf8')
    writeFileSync(versionFile, '17\n')
    try {
      await expect(startEmbedded(onlyPostgres)).rejects.toMatchObject({
        name: 'OperatorError',
        message: `The data in ${cluster()} was made by PostgreSQL 17, and this version of Postern brings PostgreSQL 18.`,
        remedy: expect.stringContaining('pg_dump'),
      })
    } finally {
      writeFileSync(versionFile, version)
    }
  })

  it('says which file belongs to its password when the password is another', async () => {
    const file = path.join(dataDir, 'postgres.password')
    const password = readFileSync(file, 'utf8')
    writeFileSync(file, 'guess\n')
    try {
      await expect(startEmbedded(onlyPostgres)).rejects.toMatchObject({
        message: expect.stringContaining('password authentication failed'),
        remedy: expect.stringContaining(file),
      })
      expect(existsSync(path.join(cluster(), 'postmaster.pid'))).toBe(false)
    } finally {
      writeFileSync(file, password)
    }
  })

  it('says what PostgreSQL said when it does not start', async () => {
    const configuration = path.join(cluster(), 'postgresql.conf')
    const text = readFileSync(configuration, 'utf8')
    writeFileSync(configuration, `${text}\nshared_buffers = 'plenty'\n`)
    try {
      await expect(startEmbedded(onlyPostgres)).rejects.toThrow(
        /PostgreSQL did not start \(exit code 1\): .*invalid value for parameter "shared_buffers": "plenty"/s,
      )
    } finally {
      writeFileSync(configuration, text)
    }
  })

  it('gives the data folder up after every refusal', async () => {
    expect(readdirSync(dataDir)).not.toContain('lock')
    await startAndStop()
  })
})

describe('without Redis on the machine', () => {
  it('the look for it ends in one sentence with the command', () => {
    expect(() => redisBinary('/nowhere', [])).toThrow(
      expect.objectContaining({
        name: 'OperatorError',
        message: 'Postern needs Redis or Valkey, and found neither redis-server nor valkey-server.',
        remedy: expect.stringContaining('sudo apt-get install redis-server'),
      }),
    )
  })

  it('a Valkey on the PATH is as good', () => {
    const bin = path.join(folder, 'bin')
    mkdirSync(bin)
    writeFileSync(path.join(bin, 'valkey-server'), '', { mode: 0o755 })

    expect(redisBinary(`/nowhere:${bin}`, [])).toBe(path.join(bin, 'valkey-server'))
  })
})

describe('when one of the two does not start', () => {
  it('the other does not stay running', async () => {
    // A file where Redis wants its folder.
    writeFileSync(path.join(serverHome(dataDir).dir, 'redis'), '')
    try {
      await expect(startEmbedded({ ...onlyPostgres, redis: true })).rejects.toThrow()

      expect(existsSync(path.join(cluster(), 'postmaster.pid'))).toBe(false)
      expect(readdirSync(dataDir)).not.toContain('lock')
    } finally {
      rmSync(path.join(serverHome(dataDir).dir, 'redis'))
    }
  })
})

describe('a data folder', () => {
  it('that cannot be made is named', async () => {
    const file = path.join(folder, 'a-file')
    writeFileSync(file, '')

    await expect(startEmbedded({ ...onlyPostgres, dataDir: path.join(file, '.postern') })).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.stringContaining(path.join(file, '.postern')),
      remedy: expect.stringContaining('POSTERN_DATA'),
    })
  })

  it('goes on where it was moved to', async () => {
    const elsewhere = path.join(folder, 'moved')
    renameSync(dataDir, elsewhere)
    try {
      const stores = await startEmbedded({ ...onlyPostgres, dataDir: elsewhere })
      await stores.stop()
    } finally {
      renameSync(elsewhere, dataDir)
    }
  })
})

function cluster(): string {
  return clusterOf(serverHome(dataDir)).dir
}

async function startAndStop(): Promise<void> {
  const stores = await startEmbedded(onlyPostgres)
  await stores.stop()
}

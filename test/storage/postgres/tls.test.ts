import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startPostgres } from '../../../server/embedded/postgres.js'
import { migrate } from '../../../server/storage/postgres/migrate.js'
import { eventually } from '../../support/eventually.js'
import { storesFolder } from '../../support/run/run-stores.mjs'
import { type SelfSigned, selfSigned } from '../../support/stores/certificate.js'
import { sql } from '../../support/stores/queries.js'
import { emptyDatabase } from '../../support/stores/stores.js'

let url: string
let folder: string
let files: SelfSigned
let stop: () => Promise<void>

beforeAll(async () => {
  const { home, remove } = await storesFolder()
  folder = home.dir
  files = await selfSigned(folder)
  chmodSync(files.key, 0o600)
  if (home.user) chownSync(files.key, home.user.uid, home.user.gid)
  const settings = ['ssl=on', `ssl_cert_file=${files.certificate}`, `ssl_key_file=${files.key}`, 'fsync=off']
  const server = await startPostgres(
    home,
    settings.flatMap((setting) => ['-c', setting]),
  )
  url = server.url
  stop = async () => {
    await server.stop()
    remove()
  }
})
afterAll(() => stop())

const at = (query: string, host = '127.0.0.1') => {
  const other = new URL(`${url}?${query}`)
  other.hostname = host
  return other.href
}

describe('PostgreSQL over TLS', () => {
  beforeAll(() => migrate(url))

  it.each(['verify-full', 'require'])('is used with sslmode=%s and its certificate', async (mode) => {
    expect(await migrate(at(`sslmode=${mode}&sslrootcert=${files.certificate}`))).toEqual([])
  })

  it.each([
    [
      'whose certificate is not trusted',
      () => at('sslmode=require'),
      /^PostgreSQL at 127\.0\.0\.1:\d+ has a certificate of an authority that is not trusted here\.$/,
      /\?sslmode=verify-full&sslrootcert=\/path/,
    ],
    [
      'whose certificate is for another name',
      () => at(`sslmode=verify-full&sslrootcert=${files.certificate}`, 'localhost'),
      /^PostgreSQL at localhost:\d+ has a certificate for another name\.$/,
      /Name the host in DATABASE_URL as the certificate does/,
    ],
    [
      'whose authority is in no file',
      () => at('sslmode=verify-full&sslrootcert=/nowhere/ca.pem'),
      /^The file \/nowhere\/ca\.pem that DATABASE_URL names cannot be read \(ENOENT\)\.$/,
      /^Correct sslrootcert/,
    ],
    [
      'that does not speak it',
      async () => `${await emptyDatabase()}?sslmode=verify-full`,
      /^PostgreSQL at 127\.0\.0\.1:\d+ does not speak TLS\.$/,
      /sslmode=disable/,
    ],
  ])('is not used %s, and the operator is told what to do', async (_what, address, message, remedy) => {
    await expect(migrate(await address())).rejects.toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    })
  })
})

describe('the rules of PostgreSQL', () => {
  const trusted = () => at(`sslmode=verify-full&sslrootcert=${files.certificate}`)
  const rules = async (...lines: string[]) => {
    writeFileSync(path.join(folder, 'postgres', 'pg_hba.conf'), `${lines.join('\n')}\n`)
    await sql(trusted(), 'SELECT pg_reload_conf()')
    const isLoaded = `SELECT pg_conf_load_time() > (pg_stat_file('pg_hba.conf')).modification AS loaded`
    await eventually(async () => (await sql(trusted(), isLoaded))[0]?.loaded === true)
  }
  const ours = 'hostssl all postern 127.0.0.1/32 scram-sha-256'

  it('that ask for TLS are named as such, and not as a wrong password', async () => {
    await rules(ours)
    await expect(migrate(url)).rejects.toMatchObject({
      message: expect.stringMatching(/takes connections over TLS only\.$/),
      remedy: expect.stringContaining('Add ?sslmode=verify-full to DATABASE_URL'),
    })
  })

  it('that have no line for the user are quoted', async () => {
    await rules(ours, 'hostnossl all stranger 127.0.0.1/32 scram-sha-256')
    const stranger = new URL(trusted())
    stranger.username = 'stranger'
    await expect(migrate(stranger.href)).rejects.toMatchObject({
      message: expect.stringMatching(
        /does not let the user stranger connect to postern from this machine: no pg_hba\.conf/,
      ),
      remedy: 'Add a line for them to pg_hba.conf, and reload PostgreSQL.',
    })
  })
})

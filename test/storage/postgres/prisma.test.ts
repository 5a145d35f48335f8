import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { migrate } from '../../../server/storage/postgres/migrate.js'
import { emptyDatabase } from '../../support/stores/stores.js'

const cli = fileURLToPath(new URL('../../../prisma/cli.mjs', import.meta.url))

describe('the Prisma CLI, without its native engine', () => {
  it('finds that our own migrating did what it would have done', async () => {
    const url = await emptyDatabase()
    await migrate(url)

    expect(await prisma(url, 'migrate', 'status')).toContain('Database schema is up to date!')
  })

  it('finds nothing in the schema that the migrations do not make', async () => {
    const compare = ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma']

    expect(await prisma(await emptyDatabase(), ...compare)).toContain('No difference detected.')
  })

  it('deploys the same migrations, which ours then need not apply', async () => {
    const url = await emptyDatabase()
    await prisma(url, 'migrate', 'deploy')

    expect(await migrate(url)).toEqual([])
  })

  it('is told of several hosts what the start is told', async () => {
    const asked = prisma('postgresql://u:secret@127.0.0.1:1,127.0.0.1:2/x', 'migrate', 'status')
    const sentence = 'DATABASE_URL names several hosts: name the one address that leads to the primary.\n'
    await expect(asked).rejects.toMatchObject({ code: 1, stdout: '', stderr: sentence })
  })
})

/** The output of the CLI; rejects when it fails. */
async function prisma(databaseUrl: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: databaseUrl }
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], { env })
  return stdout
}

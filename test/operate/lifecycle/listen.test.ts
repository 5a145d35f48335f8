import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { listen } from '../../../server/operate/lifecycle/listen.js'

it('S16g: the socket of the checks is open to Postern and its group alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-listen-'))
  const server = createServer()
  const path = join(folder, 'checks.sock')
  await listen(server, { path })
  expect((statSync(path).mode & 0o777).toString(8)).toBe('660')
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

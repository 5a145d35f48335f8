import { chownSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { adviceOnSocket } from '../../../server/operate/lifecycle/advice-on-socket.js'
import { listen } from '../../../server/operate/lifecycle/listen.js'
import { describeWhere } from '../../support/run/requires.js'

let folder: string
let path: string
let server: Server

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-listen-'))
  path = join(folder, 'checks.sock')
  server = createServer()
})
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const advice = () => adviceOnSocket({ internalListen: { path } })

it('S16g: the socket of the checks is open to Postern and its group alone', async () => {
  await listen(server, { path })
  expect((statSync(path).mode & 0o777).toString(8)).toBe('660')
  expect(advice()).toBeUndefined()
})

const others = process.getuid?.() === 0 ? [65_534] : (process.getgroups?.() ?? [])
const [proxyGroup = Number.NaN] = others.filter((group) => group !== process.getegid?.())

describeWhere(
  { isMet: !Number.isNaN(proxyGroup), otherwise: 'this user is of one group alone' },
  'in a folder of the proxy’s group without the set-group-ID bit',
  () => {
    it('the socket is of that group, too', async () => {
      chownSync(folder, -1, proxyGroup)
      await listen(server, { path })
      expect(statSync(path)).toMatchObject({ gid: proxyGroup })
      expect(advice()).toBeUndefined()
    })

    it('the operator is told what to do where Postern may not give it away', async () => {
      await listen(server, { path })
      chownSync(folder, -1, proxyGroup)
      expect(advice()).toBe(
        `A proxy of the group ${proxyGroup} cannot open ${path}, and answers 503: Postern's user is not of the group of ${folder}. Stop Postern, then: chmod g+s ${folder}`,
      )
    })
  },
)

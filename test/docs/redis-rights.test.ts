import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { NEEDED_RIGHTS } from '../../server/storage/redis/needed-rights.js'

/** Members of the driver's connection that are no command of Redis. */
const OF_THE_DRIVER = new Set(['call', 'connect', 'disconnect', 'duplicate', 'nodes', 'off', 'on', 'refreshSlotsCache'])

/** Reads another Redis, with that one's rights. */
const OF_ANOTHER_REDIS = 'storage/gafaelfawr/'

const sources = readdirSync('server', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('storage/generated') && !file.startsWith(OF_ANOTHER_REDIS))
  .map((file) => readFileSync(path.join('server', file), 'utf8'))

/** The commands that the server gives to Redis, by methods of the driver or in scripts. */
function commands(): Set<string> {
  const methods = sources.flatMap((text) => [...text.matchAll(/\bredis\??\.(\w+)\(/g)].map(([, name = '']) => name))
  const inScripts = sources.flatMap((text) => [...text.matchAll(/redis\.call\('(\w+)'/g)].map(([, name = '']) => name))
  return new Set(
    [...methods.filter((name) => !OF_THE_DRIVER.has(name)), ...inScripts].map((name) => name.toLowerCase()),
  )
}

describe('the rights at Redis', () => {
  it('are those of every command that the server uses', () => {
    const granted = new Set(NEEDED_RIGHTS.split(' '))
    expect([...commands()].filter((name) => !granted.has(`+${name}`))).toEqual([])
  })
})

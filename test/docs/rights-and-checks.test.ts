import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { CHECKS } from '../../server/core/stores-audit/checks.js'
import { NEEDED_RIGHTS } from '../../server/storage/redis/needed-rights.js'
import { SCAN_RIGHT } from '../../server/storage/redis/scan-keys.js'

/** Members of the driver's connection that are no command of Redis. */
const OF_THE_DRIVER = new Set([
  'call',
  'connect',
  'disconnect',
  'duplicate',
  'exec',
  'nodes',
  'off',
  'on',
  'pipeline',
  'refreshSlotsCache',
])

/** Reads another Redis, with that one's rights. */
const OF_ANOTHER_REDIS = 'storage/gafaelfawr/'

const sources = readdirSync('server', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('storage/generated') && !file.startsWith(OF_ANOTHER_REDIS))
  .map((file) => readFileSync(path.join('server', file), 'utf8'))

/** The commands that the server gives to Redis, by methods of the driver or in scripts. */
function commands(): Set<string> {
  const methods = sources.flatMap((text) =>
    [...text.matchAll(/\b(?:redis\??|pipeline)\.(\w+)\(/g)].map(([, name = '']) => name),
  )
  const inScripts = sources.flatMap((text) => [...text.matchAll(/redis\.call\('(\w+)'/g)].map(([, name = '']) => name))
  return new Set(
    [...methods.filter((name) => !OF_THE_DRIVER.has(name)), ...inScripts].map((name) => name.toLowerCase()),
  )
}

describe('the rights at Redis', () => {
  it('are those of every command that the server and its audit use', () => {
    const granted = new Set([...NEEDED_RIGHTS.split(' '), SCAN_RIGHT])
    expect([...commands()].filter((name) => !granted.has(`+${name}`))).toEqual([])
  })

  it('for the audit of the stores are in the documents', () => {
    expect(readFileSync('deploy/docs/install.md', 'utf8')).toContain(SCAN_RIGHT)
  })
})

describe('the checks of the stores', () => {
  it('are in the documents with their meaning', () => {
    const documented = readFileSync('deploy/docs/operations.md', 'utf8')
    const rows = Object.entries(CHECKS).map(
      ([name, { severity, isMended, says }]) => `| \`${name}\` | ${severity} | ${isMended ? 'yes' : 'no'} | ${says} |`,
    )
    expect(rows.filter((row) => !documented.includes(row))).toEqual([])
  })
})

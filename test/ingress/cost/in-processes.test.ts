import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from '@jest/globals'
import { describeWith } from '../../support/run/requires.js'

const TRIES = 3
/**
 * Measured: 0.91 to 0.95 directly and 0.91 to 0.98 behind nginx (`npm run bench -- --only ab`). A third more is caught; what a busy machine
 * adds, the calmest rounds of three tries leave out. With Node's parser they are 1.78 and 1.34.
 */
const MOST = 1.2

interface Ratios {
  readonly direct: number
  readonly behindNginx: number
}

async function measured(): Promise<Ratios> {
  const program = path.resolve('test/ingress/cost/support/cpu-ratios.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', './test/support/run/typescript.mjs'],
    program,
  ])
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
}

describeWith(['nginx'], 'The CPU time of a cached check, of that of a server that checks nothing,', () => {
  let least: Ratios = { direct: Number.POSITIVE_INFINITY, behindNginx: Number.POSITIVE_INFINITY }

  beforeAll(async () => {
    for (let tries = 0; tries < TRIES && Math.max(least.direct, least.behindNginx) > MOST; tries++) {
      const { direct, behindNginx } = await measured()
      least = { direct: Math.min(least.direct, direct), behindNginx: Math.min(least.behindNginx, behindNginx) }
    }
  }, 400_000)

  it('is no more when it is asked directly', () => {
    expect(least.direct).toBeLessThanOrEqual(MOST)
  })

  it('is no more at a Unix socket, with nginx before both', () => {
    expect(least.behindNginx).toBeLessThanOrEqual(MOST)
  })
})

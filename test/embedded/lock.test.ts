import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { takeLock } from '../../server/embedded/lock.js'
import { startOf } from '../../server/embedded/process-identity.js'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'lock-'))
})

afterEach(() => rm(dataDir, { recursive: true }))

describe('the lock of a data folder', () => {
  it('refuses a second server at once, naming the first and the folder', async () => {
    await takeLock(dataDir, 'server')

    await expect(takeLock(dataDir, 'server')).rejects.toMatchObject({
      name: 'OperatorError',
      message: `Postern already runs on ${dataDir}, as process ${process.pid}.`,
      remedy: expect.stringContaining('POSTERN_DATA'),
    })
  })

  it('gives a command nothing while a server holds it, for the server runs the stores already', async () => {
    await takeLock(dataDir, 'server')

    expect(await takeLock(dataDir, 'command')).toBeUndefined()
  })

  it('has a server wait for a command to finish', async () => {
    const command = await takeLock(dataDir, 'command')
    const server = takeLock(dataDir, 'server')
    const first = await Promise.race([server.then(() => 'server'), new Promise((r) => setTimeout(r, 300, 'command'))])
    expect(first).toBe('command')

    command?.release()

    expect(await server).toBeDefined()
  })

  it('is free again once released', async () => {
    const first = await takeLock(dataDir, 'server')
    first?.release()

    expect(await takeLock(dataDir, 'server')).toBeDefined()
  })

  it('is not released by an owner who lost it', async () => {
    const first = await takeLock(dataDir, 'server')
    writeLock({ ...lockFile(), id: 'a later owner' })

    first?.release()

    expect(lockFile().id).toBe('a later owner')
  })

  it('goes to one of many who ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(dataDir, 'server')))

    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

describe('a lock left behind', () => {
  it('by a process that died is taken over', async () => {
    const dead = spawn('true')
    await once(dead, 'exit')
    writeLock({ id: 'x', pid: dead.pid, started: 'some time ago', role: 'server' })

    expect(await takeLock(dataDir, 'server')).toBeDefined()
  })

  it('is taken over though its pid belongs to another process now', async () => {
    const stranger = spawn('sleep', ['600'])
    try {
      writeLock({ id: 'x', pid: stranger.pid, started: 'before that one started', role: 'server' })

      expect(await takeLock(dataDir, 'server')).toBeDefined()
    } finally {
      stranger.kill()
    }
  })

  it('is respected while its process lives', async () => {
    const holder = spawn('sleep', ['600'])
    try {
      const pid = holder.pid ?? 0
      writeLock({ id: 'x', pid, started: startOf(pid) ?? '', role: 'server' })

      await expect(takeLock(dataDir, 'server')).rejects.toThrow(`as process ${pid}.`)
    } finally {
      holder.kill()
    }
  })

  it('is taken over when nothing can be read in it', async () => {
    writeFileSync(path.join(dataDir, 'lock'), '')

    expect(await takeLock(dataDir, 'server')).toBeDefined()
  })
})

function lockFile(): { id: string } {
  return JSON.parse(readFileSync(path.join(dataDir, 'lock'), 'utf8'))
}

function writeLock(holder: object): void {
  writeFileSync(path.join(dataDir, 'lock'), JSON.stringify(holder))
}

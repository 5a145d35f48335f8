import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { poolSizeOf, workersOf } from '../../../server/operate/lifecycle/worker-count.js'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-cgroup-'))

afterAll(() => rmSync(folder, { recursive: true }))

describe('the number of workers', () => {
  const cores = availableParallelism()
  const limited = (content: string) => {
    const file = path.join(folder, 'cpu.max')
    writeFileSync(file, content)
    return file
  }

  it.each([
    ['3', 3, 'max 100000\n', 3],
    ['3, in a container of one core', 3, '100000 100000\n', 3],
    ['auto', 'auto', 'max 100000\n', cores],
    ['auto in a container of one core', 'auto', '100000 100000\n', 1],
    ['auto in a container of half a core', 'auto', '50000 100000\n', 1],
    ['auto in a container that may use more than there is', 'auto', `${(cores + 5) * 100000} 100000\n`, cores],
  ] as const)('%s', (_name, workers, cgroup, expected) => {
    expect(workersOf({ workers }, limited(cgroup))).toBe(expected)
  })

  it('auto where no container says anything', () => {
    expect(workersOf({ workers: 'auto' }, '/nowhere/cpu.max')).toBe(cores)
  })
})

describe('the pools of all processes', () => {
  const ofServer = (connections: 'auto' | number, workers: number) =>
    poolSizeOf(connections, workers, 'primary') +
    (workers > 1 ? workers * poolSizeOf(connections, workers, 'worker') : 0)

  it.each([1, 2, 4, 6, 8, 16, 32, 40])('leave room in a PostgreSQL of 100 connections: %i workers', (workers) => {
    expect(ofServer('auto', workers)).toBeLessThan(97)
    expect(poolSizeOf('auto', workers, 'worker')).toBeGreaterThanOrEqual(2)
  })

  it.each([
    [2, 1],
    [5, 1],
    [40, 1],
    [10, 4],
    [100, 4],
    [67, 32],
  ])('are together at most the %i of the settings, and nearly all of them, with %i workers', (connections, workers) => {
    expect(ofServer(connections, workers)).toBeLessThanOrEqual(connections)
    expect(ofServer(connections, workers)).toBeGreaterThan(connections - workers - 1)
  })

  it('have two connections for each process, however few the settings name', () => {
    expect(['primary', 'worker'].map((role) => poolSizeOf(2, 16, role as 'primary' | 'worker'))).toEqual([2, 2])
  })
})

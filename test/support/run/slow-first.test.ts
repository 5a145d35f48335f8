import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from '@jest/globals'

interface Order {
  readonly SLOW: readonly string[]
  rankOf(file: string): number
}

const module = './slow-first.mjs'
const { SLOW, rankOf }: Order = await import(module)
const file = (name: string) => path.resolve('test', `${name}.test.ts`)

it('every file that is started first is there', () => {
  expect(SLOW.map(file).filter((each) => !existsSync(each))).toEqual([])
})

it('files start in the order of the list, then those with programs, with stores, and with neither', () => {
  const names = [...SLOW, 'proxies/envoy', 'api/users', 'core/time']
  const ranks = names.map((name) => rankOf(file(name)))
  expect(ranks).toEqual(names.map((_, index) => index))
})

import { readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import express from 'express'
import { loadAssets } from '../../../server/pages/shared/assets.js'
import { mayCompress } from '../../../server/pages/shared/compression.js'
import { pageRenderer } from '../../../server/pages/shared/render.js'
import type { Views } from '../../../server/pages/shared/views.js'
import { raw } from '../support/raw.js'
import { samples } from '../support/samples/samples.js'

const render = pageRenderer({ assets: loadAssets(), base: '' })
const BROWSER = { 'Accept-Encoding': 'gzip, deflate, br, zstd', 'Sec-Fetch-Site': 'same-origin' }

function page<V extends keyof Views>(view: V, headers: Readonly<Record<string, string>>, model = samples[view]) {
  const app = express().get('/', (_request, response) => render(response, view, model))
  return raw(app, '/', { ...BROWSER, ...headers })
}

const coding = async (...[view, headers]: Parameters<typeof page>) =>
  (await page(view, headers)).headers['content-encoding']

describe('A page', () => {
  it.each([
    ['br', 'gzip, br', brotliDecompressSync],
    ['gzip', 'gzip, br;q=0', gunzipSync],
  ])('is sent as %s to a browser that takes %s', async (expected, accepted, decompress) => {
    const { headers, body } = await page('tokens/list', { 'Accept-Encoding': accepted })
    const plain = await page('tokens/list', { 'Accept-Encoding': 'identity' })
    expect([headers['content-encoding'], headers['content-length']]).toEqual([expected, String(body.length)])
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(decompress(body)).toEqual(plain.body)
    expect(body.length).toBeLessThan(plain.body.length / 2)
  })

  it('is compressed where its reader typed the address or came from a page of this site', async () => {
    expect(await coding('tokens/create', { 'Sec-Fetch-Site': 'same-origin' })).toBe('br')
    expect(await coding('tokens/create', { 'Sec-Fetch-Site': 'none' })).toBe('br')
  })

  it.each(['cross-site', 'same-site', ''])(
    'is not compressed where it may be another site that leads to it: "%s"',
    async (from) => {
      expect(await coding('tokens/create', { 'Sec-Fetch-Site': from })).toBeUndefined()
    },
  )

  it('is compressed wherever its reader comes from, without a user: it has no CSRF token', async () => {
    const { user, ...layout } = samples['sign-in/sign-in'].layout
    const model = { ...samples['sign-in/sign-in'], layout: { ...layout, csrf: '' } }
    const { headers } = await page('sign-in/sign-in', { 'Sec-Fetch-Site': 'cross-site' }, model)
    expect(headers['content-encoding']).toBe('br')
  })

  it.each(['tokens/created', 'clients/secret'] as const)(
    'that shows a secret is compressed for a form of this site alone: %s',
    async (view) => {
      expect(await coding(view, { 'Sec-Fetch-Site': 'same-origin' })).toBe('br')
      expect(await coding(view, { 'Sec-Fetch-Site': 'none' })).toBeUndefined()
    },
  )

  it('that shows a secret is each that has the script which takes a secret away', () => {
    const table = readFileSync('server/pages/shared/render.ts', 'utf8').split('\n')
    const shown = table.filter((line) => /scripts: \[.*'secret'/.test(line))
    expect(shown.length).toBeGreaterThan(1)
    expect(shown.filter((line) => !line.includes('secret: true'))).toEqual([])
  })
})

describe('What is compressed', () => {
  const document = { bytes: 5000, showsSecret: false, isPersonal: true, ledFrom: 'same-origin' }

  it('is at least a kilobyte', () => {
    expect([1024, 1023].map((bytes) => mayCompress({ ...document, bytes }))).toEqual([true, false])
  })

  it.each([
    ['same-origin', true],
    ['none', false],
    ['same-site', false],
    ['cross-site', false],
    [undefined, false],
  ])('is a secret that is shown once where the form came from %s: %s', (ledFrom, compressed) => {
    expect(mayCompress({ ...document, showsSecret: true, ledFrom })).toBe(compressed)
  })

  it('repeats no guess of an attacker beside a CSRF token, whose letters would show in the length', async () => {
    const guess = (suggestion: string) => ({
      ...samples['tokens/create'],
      suggestion: { by: suggestion, missing: [], unknown: [] },
    })
    const { csrf } = samples['tokens/create'].layout
    const lengthOf = async (by: string, from: string) =>
      (await page('tokens/create', { 'Sec-Fetch-Site': from }, guess(by))).body.length
    const [right, wrong] = [`name="csrf" value="${csrf}`, `name="csrf" value="${[...csrf].reverse().join('')}`]
    // The attack, were the page compressed; and what the attacker sees.
    expect(await lengthOf(right, 'same-origin')).toBeLessThan(await lengthOf(wrong, 'same-origin'))
    expect(await lengthOf(right, 'cross-site')).toBe(await lengthOf(wrong, 'cross-site'))
  })
})

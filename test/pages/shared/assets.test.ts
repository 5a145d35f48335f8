import { readdirSync, readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { loadAssets } from '../../../server/pages/shared/assets.js'
import { raw } from '../support/raw.js'

const assets = loadAssets()
const app = express().use(assets.serve)

describe('the stylesheet, scripts and icons', () => {
  it.each([
    ['style.css', 'text/css; charset=utf-8'],
    ['copy.js', 'text/javascript; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('%s is served as %s and may be cached for ever', async (name, type) => {
    const answer = await request(app).get(assets.url(name)).expect(200)
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  it('have an address that changes with what is in them', () => {
    expect(assets.url('style.css')).toMatch(/^\/auth\/static\/style\.[0-9a-f]{16}\.css$/)
    expect(loadAssets('#ffcc00').url('style.css')).not.toBe(assets.url('style.css'))
    expect(loadAssets('#ffcc00').url('copy.js')).toBe(assets.url('copy.js'))
  })

  it('are one stylesheet, which has every file of the folders in views/static/css once', async () => {
    const { text } = await request(app).get(assets.url('style.css')).expect(200)
    const folder = new URL('../../../views/static/css/', import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.css'))
    const times = files.map((name) => [name, text.split(readFileSync(new URL(name, folder), 'utf8')).length - 1])
    expect(times).toEqual(files.map((name) => [name, 1]))
    expect(files.length).toBeGreaterThan(8)
  })

  it('are one stylesheet in layers, so that a rule of a page wins over one of its parts', async () => {
    const { text } = await request(app).get(assets.url('style.css')).expect(200)
    expect(text).toMatch(/^@layer ground, frame, parts, pages, conditions;\n@layer ground \{/)
    expect(text.match(/^@layer /gm)).toHaveLength(6)
  })

  it("carry the site's accent colour, the icons too", async () => {
    const coloured = loadAssets('#fc0')
    const site = express().use(coloured.serve)
    expect((await request(site).get(coloured.url('style.css'))).text).toContain('--accent-fill:#ffcc00')
    expect((await request(site).get(coloured.url('icon.svg'))).body.toString()).toContain('.wall{fill:#ffcc00}')
  })

  it('are also an icon for home screens, and one by the name that browsers ask for', async () => {
    const touch = await request(app).get(assets.url('touch-icon.png')).expect(200)
    expect([touch.type, touch.body.subarray(1, 4).toString(), touch.body.readUInt32BE(16)]).toEqual([
      'image/png',
      'PNG',
      180,
    ])
    const icon = await request(app).get('/favicon.ico').expect(200)
    expect([icon.type, icon.headers['cache-control']]).toEqual(['image/x-icon', 'public, max-age=86400'])
    expect(icon.body.subarray(22 + 1, 22 + 4).toString()).toBe('PNG')
  })

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('are sent as %s to browsers that take it', async (coding, decompress) => {
    const url = assets.url('style.css')
    const plain = await raw(app, url, {})
    expect([plain.headers['content-encoding'], plain.headers.vary]).toEqual([undefined, 'Accept-Encoding'])
    const { headers, body } = await raw(app, url, { 'Accept-Encoding': `${coding}, zstd` })
    expect([headers['content-encoding'], headers.vary]).toEqual([coding, 'Accept-Encoding'])
    expect(body.length).toBeLessThan(plain.body.length / 3)
    expect(decompress(body)).toEqual(plain.body)
  })

  it.each([
    '/auth/static/style.css',
    '/auth/static/style.0000000000000000.css',
    '/auth/static/css/base.css',
    '/auth/static/',
    '/auth/static/..%2f..%2fpackage.json',
    '/auth/static/%2e%2e/tokens.ejs',
  ])('are all there is: %s is not found', async (path) => {
    const answer = await request(app).get(path)
    expect(answer.status).toBe(404)
    expect(answer.headers['cache-control']).toBeUndefined()
  })

  it('cannot be asked for by a name that is not there', () => {
    expect(() => assets.url('stile.css')).toThrow('There is no views/static/stile.css')
  })
})

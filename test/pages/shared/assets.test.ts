import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { loadAssets } from '../../../server/pages/shared/assets.js'

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

  it('are one stylesheet, which has every file of views/static/css once', async () => {
    const { text } = await request(app).get(assets.url('style.css')).expect(200)
    const folder = new URL('../../../views/static/css/', import.meta.url)
    const times = Object.fromEntries(
      readdirSync(folder).map((name) => [name, text.split(readFileSync(new URL(name, folder), 'utf8')).length - 1]),
    )
    expect(times).toEqual(Object.fromEntries(Object.keys(times).map((name) => [name, 1])))
    expect(Object.keys(times).length).toBeGreaterThan(8)
  })

  it("carry the site's accent colour", async () => {
    const coloured = loadAssets('#ffcc00')
    const answer = await request(express().use(coloured.serve)).get(coloured.url('style.css'))
    expect(answer.text).toContain('--accent:#ffcc00')
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

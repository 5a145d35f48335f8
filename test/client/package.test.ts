import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

let project: string

/** A service's own project, in which the package is installed. */
beforeAll(() => {
  project = mkdtempSync(path.join(os.tmpdir(), 'postern-user-'))
  mkdirSync(path.join(project, 'node_modules'))
  symlinkSync(path.resolve('.'), path.join(project, 'node_modules/postern'))
  for (const name of ['@types', 'express', 'undici-types']) {
    symlinkSync(path.resolve('node_modules', name), path.join(project, 'node_modules', name))
  }
  writeFileSync(path.join(project, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(project, { recursive: true }))

const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
const write = (name: string, text: string) => writeFileSync(path.join(project, name), text)

describe('the built package, to a service’s project', () => {
  it('is imported as postern/client, and its fake serves its client', () => {
    write(
      'service.js',
      `import { PosternClient, startFakePostern } from 'postern/client'
       const fake = await startFakePostern()
       const postern = new PosternClient({ baseUrl: fake.url })
       const { username } = await postern.tokenInfo(fake.createToken('ada'))
       await fake.stop()
       console.log(username)`,
    )
    const { stdout, stderr } = run('service.js')
    expect([stderr, stdout]).toEqual(['', 'ada\n'])
  })

  it('exports what it says and nothing else', () => {
    write('list.js', `console.log(Object.keys(await import('postern/client')).sort().join(' '))`)
    expect(run('list.js').stdout.trim().split(' ')).toEqual([
      'PosternClient',
      'PosternError',
      'identityOf',
      'requireIdentity',
      'startFakePostern',
      'tokenGuard',
      'tokenOf',
    ])
    write('inside.js', `await import('postern/dist/core/token.js')`)
    expect(run('inside.js').stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('has types that a strict project with Express takes, and that find mistakes', () => {
    const service = `import express from 'express'
      import { identityOf, PosternClient, requireIdentity, tokenGuard, tokenOf } from 'postern/client'
      const requireToken = tokenGuard(new PosternClient({ baseUrl: 'https://data.example.org' }))
      const app = express()
      app.use('/inside', requireIdentity())
      app.get('/inside/:name', (request, response) => void response.send(request.params.name + identityOf(request).username))
      app.get('/sync/:id', requireToken('read:tap'), (request, response) => {
        const scopes: readonly string[] = tokenOf(request).scopes
        response.send(request.params.id + scopes.join())
      })\n`
    write('service.ts', service)
    write('mistaken.ts', `${service}export const expires: string = tokenOf({} as express.Request).expires\n`)
    const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2023', '--module', 'nodenext']
    const check = (file: string) =>
      run(path.resolve('node_modules/typescript/bin/tsc'), ...flags, '--types', 'node', file).stdout
    expect(check('service.ts')).toBe('')
    expect(check('mistaken.ts')).toMatch(/^mistaken\.ts\(\d+,\d+\): error TS2322/)
  })
})

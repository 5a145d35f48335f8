import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

let project: string

const npm = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: project, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${stdout}${stderr}`)
}

/** The empty project of a service, with the packed client installed, and nothing fetched: zod is packed from ours. */
beforeAll(() => {
  project = mkdtempSync(path.join(os.tmpdir(), 'postern-user-'))
  writeFileSync(path.join(project, 'package.json'), '{ "type": "module", "private": true }')
  npm('pack', path.resolve('node_modules/zod'))
  const packed = spawnSync(process.execPath, ['deploy/pack-client.mjs', project], { encoding: 'utf8' })
  expect([packed.stderr, packed.status]).toEqual(['', 0])
  npm(
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    ...readdirSync(project).filter((name) => name.endsWith('.tgz')),
  )
  for (const name of ['@types', 'express', 'undici-types']) {
    symlinkSync(path.resolve('node_modules', name), path.join(project, 'node_modules', name))
  }
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
const write = (name: string, text: string) => writeFileSync(path.join(project, name), text)
const FLAGS = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--target', 'es2023']
const compile = (...args: string[]) =>
  run(path.resolve('node_modules/typescript/bin/tsc'), ...FLAGS, '--module', 'nodenext', '--types', 'node', ...args)

/** The files that the package's README shows, by their names. */
function examples(): [name: string, text: string][] {
  const readme = readFileSync('server/client/README.md', 'utf8')
  return [...readme.matchAll(/^```ts (\S+)\n(.*?)^```/gms)].map(([, name = '', text = '']) => [name, text])
}

describe('the packed client, installed in a service’s project', () => {
  it('compiles and runs the example of its README', () => {
    for (const [name, text] of examples()) write(name, text)
    expect(compile('service.test.ts').stdout).toBe('')
    const { status, stderr } = run('service.test.js')
    expect([stderr, status]).toEqual(['', 0])
  })

  it('exports the documented names, and no file of the server', () => {
    write('list.js', `console.log(Object.keys(await import('@postern/client')).sort().join(' '))`)
    expect(run('list.js').stdout.trim().split(' ')).toEqual([
      'PosternClient',
      'PosternError',
      'identityOf',
      'requireIdentity',
      'startFakePostern',
      'tokenGuard',
      'tokenOf',
    ])
    write('inside.js', `await import('@postern/client/dist/wire.js')`)
    expect(run('inside.js').stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('holds its compiled files, types, README and licence, and no source', () => {
    const folder = path.join(project, 'node_modules/@postern/client')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']))
    expect(files.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([])
  })

  it('has types that find mistakes', () => {
    write(
      'mistaken.ts',
      `import { tokenOf } from '@postern/client'\nexport const when: string = tokenOf({} as never).expires\n`,
    )
    expect(compile('--noEmit', 'mistaken.ts').stdout).toMatch(/^mistaken\.ts\(\d+,\d+\): error TS2322/)
  })
})

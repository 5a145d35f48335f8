import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { eventually } from '../support/eventually.js'
import { type Ended, runOrFail } from '../support/run/processes.js'
import { describeWith } from '../support/run/requires.js'
import { temporaryFolder } from '../support/run/unprivileged.js'
import { type Site, startSite } from '../support/site.js'
import { type GitService, startGitService } from './support/git-service.js'

/** The operator's configuration of one more service. */
const locations = (port: number) => `
location = /_postern/git {
    internal;
    proxy_pass http://postern_checks/ingress/auth?scope=read:image&service=git&auth_type=both;
    include postern/check.conf;
}
location /git/ {
    auth_request /_postern/git;
    include postern/protect.conf;
    proxy_pass http://127.0.0.1:${port};
}
`

describeWith(['nginx', 'git'], 'git', () => {
  let folder: string
  let service: GitService
  let site: Site
  let desk: Desk
  let token: string

  beforeAll(async () => {
    folder = temporaryFolder('git')
    await runOrFail(['git', 'init', '--quiet', '--bare', '--initial-branch=main', join(folder, 'notes.git')])
    service = await startGitService(folder)
    // Which git does not know.
    const settings = { voLogin: { cookie: true, bearer: true } }
    site = await startSite({ tapPort: service.port, services: locations(service.port), settings })
    desk = openDesk()
    token = await site.postern.token('ada', { scopes: ['read:image'] })
    await fill(desk, join(folder, 'notes.git'))
  })

  afterAll(async () => {
    desk?.clear()
    await site?.stop()
    await service?.stop()
    await runOrFail(['rm', '-rf', folder])
  })

  const git = (...words: string[]): Promise<Ended> => desk.run(['git', ...words], { GIT_TERMINAL_PROMPT: '0' })
  const address = (userInfo = '') => `${site.url.replace('//', `//${userInfo}`)}/git/notes.git`

  it('clones with the token as password, once it has been asked for one', async () => {
    const challengesBefore = challenges(site)
    expect(await git('clone', '--quiet', address(`x-oauth-basic:${token}@`), 'by-basic')).toMatchObject({ code: 0 })
    await eventually(() => expect(challenges(site) - challengesBefore).toBe(1))
    expect((await git('-C', 'by-basic', 'log', '--format=%s')).stdout).toBe('First note\n')
  })

  it('clones with http.extraHeader, at once', async () => {
    const challengesBefore = challenges(site)
    const header = ['-c', `http.extraHeader=Authorization: Bearer ${token}`]
    expect(await git(...header, 'clone', '--quiet', address(), 'by-bearer')).toMatchObject({ code: 0 })
    expect(challenges(site) - challengesBefore).toBe(0)
    expect((await git('-C', 'by-bearer', 'log', '--format=%s')).stdout).toBe('First note\n')
  })

  it('pushes under the name that belongs to the token', async () => {
    await git('clone', '--quiet', address(`x-oauth-basic:${token}@`), 'to-push')
    await git('-C', 'to-push', ...AUTHOR, 'commit', '--quiet', '--allow-empty', '--message=Second note')
    expect(await git('-C', 'to-push', 'push', '--quiet')).toMatchObject({ code: 0 })
    const log = await runOrFail(['git', '-C', join(folder, 'notes.git'), 'log', '--format=%s'])
    expect(log).toBe('Second note\nFirst note\n')
  })

  it('gets nothing without a token, or without the scope', async () => {
    const weak = await site.postern.token('ada', { scopes: ['read:tap'], name: 'weak' })
    expect((await git('clone', address(), 'nothing')).stderr).toContain('could not read Username')
    expect((await git('clone', address(`x-oauth-basic:${weak}@`), 'nothing')).stderr).toContain('error: 403')
  })
})

const AUTHOR = ['-c', 'user.name=Ada', '-c', 'user.email=ada@lab.example']

async function fill(desk: Desk, repository: string): Promise<void> {
  const clone = join(desk.home, 'fill')
  await runOrFail(['git', 'clone', '--quiet', repository, clone])
  await runOrFail(['git', '-C', clone, ...AUTHOR, 'commit', '--quiet', '--allow-empty', '--message=First note'])
  await runOrFail(['git', '-C', clone, 'push', '--quiet', 'origin', 'HEAD:main'])
}

function challenges(site: Site): number {
  return site.proxy.accessLog().split('" 401 ').length
}

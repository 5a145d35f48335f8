import { symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { describeWith } from '../../support/run/requires.js'
import { BASIC, BEARER, codesOf, type RecipeSite, startRecipeSite, TOKEN } from './support/recipe-site.js'

/** Where Windows has curl: beside its alias of another command. */
const CURL = '/usr/bin/curl'

describeWith(['powershell', 'curl'], 'A recipe of the page, followed in PowerShell,', () => {
  let site: RecipeSite
  let desk: Desk

  beforeAll(async () => {
    site = await startRecipeSite()
    desk = openDesk()
    symlinkSync(CURL, path.join(desk.home, 'curl.exe'))
  })
  afterAll(async () => {
    desk?.clear()
    await site?.stop()
  })

  const run = (command: string, env: NodeJS.ProcessEnv = {}) =>
    desk.run(['pwsh', '-NoProfile', '-Command', command], { PATH: `${desk.home}:${process.env.PATH}`, ...env })

  it('fetches rows with the token of the environment (curl)', async () => {
    site.clear()
    const command = codesOf(site.recipe('curl'), 'command', 'powershell').at(-1) ?? ''
    expect((await run(command, { ACCESS_TOKEN: TOKEN })).stdout).toContain('one')
    expect(site.asked()).toEqual([['/tap/sync', BEARER]])
  })

  it('fetches rows with the token of a file (_netrc)', async () => {
    site.clear()
    // On Windows curl reads `_netrc`, elsewhere `.netrc`.
    writeFileSync(path.join(desk.home, '.netrc'), codesOf(site.recipe('netrc'), 'lines', 'powershell').join('\n'))
    expect((await run(codesOf(site.recipe('netrc'), 'command', 'powershell').at(-1) ?? '')).stdout).toContain('one')
    expect(site.asked()).toEqual([['/tap/sync', BASIC]])
  })

  it('reads a token into the environment with a command that it understands', async () => {
    const command = codesOf(site.recipe('curl'), 'command', 'powershell')[0] ?? ''
    const asked = command.replace('(Read-Host -AsSecureString)', '(ConvertTo-SecureString secret -AsPlainText -Force)')
    expect((await run(`${asked}\n$env:ACCESS_TOKEN`)).stdout.trim()).toBe('secret')
  })
})

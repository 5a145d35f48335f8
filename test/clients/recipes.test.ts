import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { recipes } from '../../server/pages/tokens/recipes.js'
import { describeWith } from '../support/run/requires.js'

const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'

/** Writes down its command line, as `ps` shows it at the start, and is curl otherwise. */
const OBSERVED_CURL = `#!/bin/bash
printf '%s ' "$0" "$@" >> "$(dirname "$0")/command-lines"
PATH="\${PATH#*:}"
exec curl "$@"
`

describeWith(['curl'], 'S16l: a recipe of the page, run by a shell,', () => {
  const sent: string[] = []
  const server = createServer(({ method, url, headers }, response) => {
    sent.push(`${method} ${url} ${headers.authorization}`)
    response.end('rows\n')
  })
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-recipes-'))
  let tapUrl = ''

  beforeAll(async () => {
    writeFileSync(path.join(folder, 'curl'), OBSERVED_CURL, { mode: 0o755 })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    tapUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tap`
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await new Promise((resolve) => server.close(resolve))
  })

  it.each([
    ['curl', `Bearer ${TOKEN}`],
    ['environment', `Bearer ${TOKEN}`],
    ['netrc', `Basic ${Buffer.from(`x-oauth-basic:${TOKEN}`).toString('base64')}`],
  ])('sends the token with a query, and shows it in no command line (%s)', async (id, credential) => {
    const recipe = recipes({ token: TOKEN, tapUrl, realm: 'x' }).find((each) => each.id === id)
    const codes = (label: string) =>
      (recipe?.steps ?? []).flatMap((step) => ('code' in step && step.label === label ? [step.code] : []))
    writeFileSync(path.join(folder, '.netrc'), codes('lines').join('\n'))
    sent.length = 0
    writeFileSync(path.join(folder, 'command-lines'), '')
    const env = { ...process.env, HOME: folder, PATH: `${folder}:${process.env.PATH}` }
    const shell = spawn('bash', ['-s'], { env, stdio: ['pipe', 'ignore', 'ignore'] })
    shell.stdin.end(`${codes('command').join('\n')}\n`)
    await new Promise((resolve) => shell.on('close', resolve))
    expect(sent).toEqual([`POST /tap/sync ${credential}`])
    const commandLines = readFileSync(path.join(folder, 'command-lines'), 'utf8')
    expect(commandLines).toContain(tapUrl)
    expect(commandLines).not.toContain(TOKEN)
  })
})

import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { apiDocument } from '../../../../server/api/openapi/document.js'
import { version } from '../../../../server/api/version.js'
import { runCommand } from '../../../../server/operate/cli/run-command.js'
import { loadSettings } from '../../../../server/settings/load.js'

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const printed: string[] = []
  const out = new PassThrough().on('data', (chunk) => printed.push(String(chunk)))
  const code = await runCommand({ args, env, stdin: Readable.from(['']), stdout: out, stderr: out })
  return { code, output: printed.join('') }
}

/** Runs one twice: it must not print the same secret again. */
async function generated(what: string): Promise<string> {
  const [first, second] = [await run(['generate', what]), await run(['generate', what])]
  expect([first.code, second.code]).toEqual([0, 0])
  expect(first.output).not.toBe(second.output)
  return first.output.trimEnd()
}

describe('a command that needs no store', () => {
  it('generates what the settings take', async () => {
    const [secret, bootstrap, key] = [
      await generated('secret'),
      await generated('bootstrap-token'),
      await generated('key'),
    ]
    const settings = loadSettings({
      POSTERN_SECRET: secret,
      POSTERN_BOOTSTRAP_TOKEN: bootstrap,
      POSTERN_OIDC_SERVER: '{enabled: true}',
      POSTERN_OIDC_SERVER_KEY: key,
    })
    expect(settings.secret?.map((each) => each.reveal())).toEqual([secret])
    expect(settings.bootstrapToken?.reveal()).toBe(bootstrap)
    expect(settings.oidcServer.key?.map((each) => each.reveal())).toEqual([key])
  })

  it('prints the OpenAPI document that the site serves', async () => {
    const baseUrl = 'https://example.org/postern'
    const { code, output } = await run(['openapi'], { POSTERN_BASE_URL: baseUrl })
    expect(code).toBe(0)
    expect(JSON.parse(output)).toEqual(JSON.parse(JSON.stringify(apiDocument(new URL(baseUrl)))))
    expect(JSON.parse(output)).toMatchObject({ servers: [{ url: '/postern' }] })
  })

  it.each([
    ['the version', ['--version'], `${version()}\n`],
    ['help', ['help'], expect.stringContaining('Usage: postern ')],
    ['help on a topic', ['help', 'token'], expect.stringContaining('Usage: postern token ')],
  ])('prints %s', async (_what, args, output) => {
    expect(await run(args)).toEqual({ code: 0, output })
  })
})

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { wheelFolder } from '../support/programs/wheels.mjs'
import { describeWith } from '../support/run/requires.js'
import { useTlsSite } from '../support/tls-site.js'

const SCRIPT = fileURLToPath(new URL('./support/tap_plus.py', import.meta.url))

describeWith(['nginx', 'astroquery'], 'astroquery’s TapPlus', () => {
  const { desk, url, certificate, token, arrived } = useTlsSite('nginx')

  describe.each(['astroquery', 'newAstroquery'] as const)('of the package %s', (which) => {
    describeWith([which], 'which sends no token by itself,', () => {
      it('is told where tokens are made, by a query and by its login(); the service gets neither', async () => {
        const own = which === 'newAstroquery' && { PYTHONPATH: wheelFolder(which) }
        const python = own ? 'python3' : '/usr/bin/python3'
        const environment = { TOKEN: token(), SSL_CERT_FILE: certificate(), ...own }
        const { code, stdout } = await desk().run([python, SCRIPT, `${url()}/tap`], environment)
        const refusal = `Error 401: This service needs a token. Make one at ${url()}/auth/tokens`
        const outcomes = stdout.split('\n').filter((line) => / (?:failed|worked): /.test(line))
        expect(outcomes).toEqual(
          ['query', 'login', 'query'].map((what) => expect.stringContaining(`${what} failed: ${refusal}`)),
        )
        expect(code).toBe(0)
        expect(arrived()).toEqual([])
      })
    })
  })
})

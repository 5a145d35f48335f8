import { fileURLToPath } from 'node:url'
import { wheelFolder } from '../../../support/programs/wheels.mjs'
import { listens } from '../../../support/run/processes.js'
import { startProgram, type WebClientKind } from './web-client.js'

const PROGRAM = fileURLToPath(new URL('flask_client.py', import.meta.url))

/** A web application with authlib, which verifies the ID token by its own library. */
export const flask: WebClientKind = {
  redirectPath: '/callback',
  leftPath: '/left',
  isFailure: ({ status, text }) => status === 400 && /^invalid_(?:client|grant): /.test(text),
  async start({ origin, issuer, id, secret }) {
    const command = ['python3', PROGRAM, origin, issuer, id, secret]
    const port = Number(new URL(origin).port)
    const server = await startProgram(
      () => command,
      { PYTHONPATH: wheelFolder('authlib') },
      () => listens(port),
    )
    return {
      origin,
      entrance: `${origin}/`,
      exit: `${origin}/logout`,
      async look(browser) {
        const { status, text } = await browser.ask(`${origin}/`)
        if (status !== 200) return undefined
        const { signed, now, token } = JSON.parse(text)
        if (signed.sub !== now.sub || signed.email !== now.email) throw new Error(`Two users: ${text}`)
        return {
          username: now.preferred_username,
          groups: signed.groups,
          accessToken: token.access_token,
          refreshToken: token.refresh_token,
        }
      },
      refresh: async (browser) => void (await browser.ask(`${origin}/refresh`)),
      stop: server.stop,
    }
  },
}

import { setTimeout as wait } from 'node:timers/promises'
import { type Answer, described, isNumber, isObject, isText, partOf } from '../answer.js'
import type { Call, Command } from '../arguments.js'
import { EXIT, Failure } from '../failure.js'
import { fileOf, siteFile, tryFolder, writePrivate } from '../files.js'
import { tryKeyring } from '../keyring.js'
import { show, tell } from '../output.js'
import { keep, keyOf } from '../session.js'
import { CLIENT, send, siteOf } from '../site.js'

export const login: Command = {
  help: 'sign in with a code that a browser confirms',
  needs: ['SITE'],
  options: {
    name: { help: 'the name of the token', value: 'NAME' },
    scope: { help: 'a scope to suggest; repeatable; user:token when not given', value: 'SCOPE' },
    keyring: { help: 'store the token in the keyring, not in a file' },
  },
  run,
}

async function run(call: Call): Promise<void> {
  const site = siteOf(call.words[0] ?? '')
  const inKeyring = call.has('keyring')
  // A token that could not be stored would be lost. So its place is tried first.
  if (inKeyring) tryKeyring()
  tryFolder()
  const scopes = call.all('scope').length > 0 ? call.all('scope') : ['user:token']
  const form = { client_id: CLIENT, scope: scopes.join(' '), token_name: call.last('name') ?? 'postern-cli' }
  const device = await send(site, { method: 'POST', path: '/auth/openid/device/code', form })
  if (device.status !== 200) {
    throw new Failure(EXIT.refused, `${site} signs no programs in by a code: ${described(device)}`)
  }
  const address = partOf(device, 'verification_uri', isText)
  tell(`Open ${address}\nand type the code  ${partOf(device, 'user_code', isText)}`)
  tell('Waiting until it is approved …')
  const granted = await poll(device)
  const token = partOf(granted, 'access_token', isText)
  if (keyOf(token) === undefined) throw new Failure(EXIT.unreachable, `${site} answered with no token`)
  keep(site, token, inKeyring)
  writePrivate(siteFile(), site)
  const { token_name, scope } = isObject(granted.body) ? granted.body : {}
  const found = isText(scope) ? scope.split(' ').filter(Boolean).sort() : []
  const place = inKeyring ? 'the keyring' : fileOf(site)
  const words = `Signed in at ${site}; the token ${isText(token_name) ? token_name : ''} is in ${place}`
  show(call, { site, token_name: token_name ?? null, scopes: found }, words)
}

/** Asks until the code is approved, denied or expired, as RFC 8628 §3.5 says. */
async function poll(device: Answer): Promise<Answer> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: partOf(device, 'device_code', isText),
    client_id: CLIENT,
  }
  const { interval } = isObject(device.body) ? device.body : {}
  let pause = isNumber(interval) ? interval : 5
  const end = performance.now() + partOf(device, 'expires_in', isNumber) * 1000
  while (performance.now() < end) {
    await wait(pause * 1000)
    const answer = await ask(device.site, form)
    if (answer === undefined) {
      // A site that restarts must not lose the sign-in: back off, and ask again.
      pause *= 2
      continue
    }
    if (answer.status === 200) return answer
    const error = isObject(answer.body) ? answer.body.error : undefined
    if (error === 'access_denied') throw new Failure(EXIT.refused, 'The sign-in was denied')
    if (error === 'expired_token') break
    if (error === 'slow_down') pause += 5
    else if (error !== 'authorization_pending' && answer.status < 500) {
      throw new Failure(EXIT.refused, described(answer))
    }
  }
  throw new Failure(EXIT.refused, 'The code was not approved in time; begin again')
}

/** Returns undefined where the site cannot be reached. */
async function ask(site: string, form: Readonly<Record<string, string>>): Promise<Answer | undefined> {
  try {
    return await send(site, { method: 'POST', path: '/auth/openid/token', form })
  } catch (error) {
    if (error instanceof Failure && error.code === EXIT.unreachable) return undefined
    throw error
  }
}

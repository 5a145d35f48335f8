import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'

const DEPLOY = new URL('../../deploy/', import.meta.url)

/** Every shipped file that a proxy reads, by its path below deploy/. */
const recipes = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' })
  .filter((name) => /^(?!docs\/|docker\/).*(?:\.(?:conf|caddy|ya?ml)|Caddyfile)$/.test(name))
  .map((name) => [name, readFileSync(new URL(name, DEPLOY), 'utf8')] as const)

/** Lines that ask for a token for a service, without comments. */
const delegating = (text: string) =>
  text.split('\n').filter((line) => /(?:notebook=|delegate_to=|use_authorization=)/.test(line) && !/^\s*#/.test(line))

it('No shipped recipe asks for a token for a service, but the hub’s own routes', () => {
  expect(recipes.length).toBeGreaterThan(15)
  const found = recipes.flatMap(([name, text]) => delegating(text).map(() => name))
  expect(found).toEqual(['jupyterhub/nginx.conf'])
})

it('The check that makes a notebook token is asked for below /nb/hub/ alone', () => {
  const text = recipes.find(([name]) => name === 'jupyterhub/nginx.conf')?.[1] ?? ''
  const locations = [...text.matchAll(/^location (\S.*?) \{\n(.*?)^\}/gms)]
  const check = locations.filter(([, , body = '']) => delegating(body).length > 0).map(([, name]) => name)
  expect(check).toEqual(['= /_postern/hub'])
  const asking = locations
    .filter(([, , body = '']) => body.includes('auth_request /_postern/hub;'))
    .map(([, name]) => name)
  expect(asking).toEqual(['/nb/hub/'])
})

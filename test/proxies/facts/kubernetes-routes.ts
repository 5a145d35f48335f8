import { expect, it } from '@jest/globals'
import type { EchoSite } from '../../support/peers/echo-site.js'

const READS_TAP = { scopes: { all: ['read:tap'] }, service: 'tap' }

/** The `access` of ProtectedRoutes by their paths, for {@link kubernetesRouteFacts}. */
export const KUBERNETES_ROUTES = {
  '/plain': READS_TAP,
  '/maybe': { ...READS_TAP, optional: 'True' },
  '/webdav': { ...READS_TAP, allowOptions: true },
  '/open': { anonymous: true },
} as const

/**
 * What holds of a gateway of Kubernetes with these routes, by the objects that Postern makes of them.
 *
 * @param noOptions the status where a service takes no OPTIONS: Postern's 404, but nginx passes on 401 and 403 alone
 */
export function kubernetesRouteFacts(
  { get, getWithToken, arrived, token, weakToken }: EchoSite,
  noOptions = 404,
): void {
  const names = () => arrived().map(({ headers }) => headers['x-auth-request-user'])

  it('passes who may, with the name, and nothing of the token', async () => {
    expect((await getWithToken('/plain/x?y=z')).status).toBe(200)
    expect(arrived().map(({ url, headers }) => [url, headers['x-auth-request-user'], headers.authorization])).toEqual([
      ['/plain/x?y=z', 'ada', undefined],
    ])
  })

  it('believes no name that a client sends', async () => {
    const forged = [
      '-H',
      'X-Auth-Request-User: root',
      '-H',
      'X-Auth-Request-Anonymous: true',
      '-H',
      'X-Auth-Request-Token: x',
    ]
    await getWithToken('/plain/x', ...forged)
    await get('/maybe/x', ...forged)
    await get('/open/x', ...forged)
    expect(names()).toEqual(['ada', undefined, undefined])
    expect(arrived().map(({ headers }) => headers['x-auth-request-anonymous'])).toEqual([undefined, 'true', 'true'])
    expect(arrived().map(({ headers }) => headers['x-auth-request-token'])).toEqual([undefined, undefined, undefined])
  })

  it('passes none who may not, and the service hears nothing', async () => {
    const refused = [
      await get('/plain/x'),
      await get('/plain/x', '--oauth2-bearer', weakToken()),
      await get('/plain/x', '--oauth2-bearer', 'x'),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 403, 401])
    expect(arrived()).toEqual([])
  })

  it('has the method judged that the client uses, whichever it claims', async () => {
    const options = ['-X', 'OPTIONS', '--oauth2-bearer', token()]
    const claimed = ['-H', 'Method: GET', '-H', 'Path: /elsewhere']
    const { status } = await get('/plain/x', ...options, ...claimed)
    expect([status, (await get('/webdav/x', ...options, ...claimed)).status]).toEqual([noOptions, 200])
    expect(arrived().map(({ method }) => method)).toEqual(['OPTIONS'])
  })

  it('sends a service of an open route no token', async () => {
    await getWithToken('/open/x', '-H', `Cookie: a=1; postern=${token()}`)
    expect(arrived().map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([[undefined, 'a=1']])
  })
}

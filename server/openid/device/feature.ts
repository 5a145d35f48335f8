import type { AdapterPayload, Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { CLI_CLIENT, DEVICE_GRANT, DEVICE_LIFETIME, POLL_INTERVAL } from '../../core/openid/device.js'
import { ownUrl } from '../../core/site/base-path.js'
import type { Context } from '../../storage/context.js'
import { ENDPOINTS } from '../endpoints.js'
import type { Library } from '../library.js'
import { deviceGrant, type GrantHandler } from './grant.js'

type DeviceFeature = NonNullable<Configuration['features']>['deviceFlow']

/** The part of the provider's configuration for devices; the pages on which users answer are this site's own. */
export function deviceFeature({ settings }: Context) {
  const deviceFlow: DeviceFeature = { enabled: settings.deviceLogin.enabled, charset: 'base-20', mask: '****-****' }
  return {
    features: { deviceFlow },
    ttl: { DeviceCode: DEVICE_LIFETIME },
    ...(settings.deviceLogin.enabled &&
      settings.deviceLogin.registration && {
        discovery: { registration_endpoint: ownUrl(settings.baseUrl, ENDPOINTS.registration).href },
      }),
    // The name that a client suggests for the token of a user.
    extraParams: settings.deviceLogin.enabled ? ['token_name'] : [],
  }
}

/** Returns the class of the provider, with this site's answer to the polls of devices before its own. */
export function withDeviceGrant(context: Context, library: Library): typeof Provider {
  return class extends library.Provider {
    override registerGrantType<Params extends object>(
      name: string,
      handler: GrantHandler<Params>,
      ...rest: (ReadonlySet<string> | undefined)[]
    ): void {
      super.registerGrantType(name, name === DEVICE_GRANT ? deviceGrant(context, library, handler) : handler, ...rest)
    }
  }
}

/** Tells devices how long to wait between two polls (RFC 8628 §3.2); the provider leaves it out, which means the same. */
export async function withInterval(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next()
  const body: unknown = ctx.body
  if (typeof body === 'object' && body !== null && 'device_code' in body)
    ctx.body = { ...body, interval: POLL_INTERVAL }
}

/** Describes the client of Postern's own command line to the provider. */
export const CLI_METADATA: AdapterPayload = {
  client_id: CLI_CLIENT,
  client_name: 'Postern’s command line',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: [DEVICE_GRANT],
  response_types: [],
  redirect_uris: [],
}

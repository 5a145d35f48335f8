import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { OpenIdClient } from '../core/openid/client.js'
import { CLI_CLIENT, DEVICE_GRANT } from '../core/openid/device.js'
import { EXCHANGE_CLIENT, EXCHANGE_GRANT } from '../core/openid/exchange.js'
import type { Context } from '../storage/context.js'
import { findServedClient } from '../storage/postgres/openid/clients.js'
import { CLI_METADATA } from './device/feature.js'
import { EXCHANGE_METADATA, exchangesTokens } from './exchange/feature.js'

/** Shows the clients in the database to the provider. They are changed by the API and the pages alone. */
export class ClientAdapter implements Adapter {
  /** The provider wants a secret of confidential clients. No client has this one, and it is compared nowhere. */
  readonly #placeholder: string

  constructor(private readonly context: Context) {
    this.#placeholder = context.random(32).toString('base64url')
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.#find(id)
    if (!found || !exchangesTokens(this.context.settings)) return found
    return { ...found, grant_types: [...new Set([...(found.grant_types ?? []), EXCHANGE_GRANT])] }
  }

  async upsert(): Promise<void> {
    throw new Error('The provider changes no client')
  }

  async #find(id: string): Promise<AdapterPayload | undefined> {
    const { postgres, settings } = this.context
    const { enabled: takesDevices } = settings.deviceLogin
    if (id === CLI_CLIENT) return takesDevices ? CLI_METADATA : undefined
    if (id === EXCHANGE_CLIENT) return exchangesTokens(settings) ? EXCHANGE_METADATA : undefined
    const client = await findServedClient(postgres, id)
    if (!client) return undefined
    const metadata = metadataOf(client, this.#placeholder)
    if (client.redirectUris.length === 0) {
      // It registered itself, for the device flow alone.
      return takesDevices
        ? { ...metadata, grant_types: [DEVICE_GRANT, 'refresh_token'], response_types: [], require_auth_time: false }
        : undefined
    }
    const isProgram = takesDevices && client.isPublic
    return isProgram ? { ...metadata, grant_types: [...(metadata.grant_types ?? []), DEVICE_GRANT] } : metadata
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

/** Describes a client to the provider (OpenID Connect Dynamic Client Registration §2). */
function metadataOf(client: OpenIdClient, secret: string): AdapterPayload {
  const { id, description, isPublic, redirectUris, postLogoutUris, backchannelLogoutUri } = client
  return {
    client_id: id,
    client_name: description,
    application_type: isPublic ? 'native' : 'web',
    // Either of the two ways to send a secret is taken.
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
    ...(!isPublic && { client_secret: secret }),
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...postLogoutUris],
    require_auth_time: true,
    ...(backchannelLogoutUri !== undefined && {
      backchannel_logout_uri: backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
  }
}

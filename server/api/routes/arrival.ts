import type { RequestHandler } from 'express'
import { askedAddressReader } from '../../authn/asked-address.js'
import { type Arrival, IDENTITY_HEADERS } from '../../core/access/arrival.js'
import { siteAddress } from '../../core/site/base-path.js'
import type { Settings } from '../../settings/schema.js'

/** Serves `GET /auth/doctor`: how this very request arrived, for `postern doctor URL`. It has nothing of another's. */
export function arrival({ baseUrl, proxies }: Settings): RequestHandler {
  const addressOf = askedAddressReader(proxies)
  return (request, response) => {
    const { host, protocol } = addressOf(request)
    const arrived: Arrival = {
      base_url: siteAddress(baseUrl),
      ...(host !== undefined && { host }),
      ...(protocol !== undefined && { protocol }),
      ...(request.ip !== undefined && { address: request.ip }),
      identity_headers: IDENTITY_HEADERS.filter((name) => request.headers[name.toLowerCase()] !== undefined),
    }
    response.set('Cache-Control', 'no-store').json(arrived)
  }
}

/** More bytes than a provider's response needs. */
const MAX_BYTES = 1_000_000

/**
 * Fetches from a provider, over TLS unless it is on this machine. The response is limited in size.
 *
 * Attack: a redirect would send our client secret to a host of its choice. So none is followed.
 */
export async function safeFetch(
  address: string | URL,
  options: RequestInit = {},
  limit = MAX_BYTES,
): Promise<Response> {
  const { protocol, hostname } = new URL(address)
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) throw new UnsafeAddressError(hostname)
  const response = await fetch(address, { ...options, redirect: 'manual' })
  if (!response.body) return response
  const { status, headers } = response
  return new Response(response.body.pipeThrough(upTo(limit)), { status, headers })
}

/** Thrown for a provider's URL without TLS. */
export class UnsafeAddressError extends Error {
  constructor(hostname: string) {
    super(`${hostname} would be asked without TLS`)
  }
}

function upTo(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength
      if (size > limit) controller.error(new Error(`The answer has more than ${limit} bytes`))
      else controller.enqueue(chunk)
    },
  })
}

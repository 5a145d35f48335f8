import { ask, isReply } from './ask.js'
import { LARGE_BODY, type ServiceFacts } from './facts.js'
import { forgedHeaders, forgedIn, PLAIN, UNDERSCORED } from './forged-headers.js'
import type { Wish } from './wish.js'

type Credential = { readonly Authorization: string } | undefined

/** Asks a service, with the token and without. */
export async function askService(
  { url, token, mark, webSocket }: Wish,
  path: string,
  credential: Credential,
): Promise<ServiceFacts> {
  if (!credential) return { path, anonymous: await ask(url, path) }
  const shown = `${mark}-shown`
  const get = (headers: Record<string, string>) => ask(url, path, { headers: { ...headers, ...credential } })
  const withToken = await get({ ...forgedHeaders(mark, PLAIN), 'X-Doctor': shown })
  const texts = [withToken, await get(forgedHeaders(mark, UNDERSCORED))].filter(isReply).map(({ body }) => body)
  const isShown = (text: string) => texts.some((each) => each.includes(text))
  const post = (body: Buffer, inPieces = false) =>
    ask(url, path, {
      method: 'POST',
      headers: { ...credential, 'Content-Type': 'application/octet-stream' },
      body,
      inPieces,
    })
  return {
    path,
    withToken,
    anonymous: await ask(url, path),
    forged: texts.flatMap((text) => forgedIn(text, mark)),
    showsHeaders: isShown(shown),
    showsToken: token !== undefined && isShown(token.reveal()),
    small: await post(Buffer.alloc(10)),
    large: await post(Buffer.alloc(LARGE_BODY)),
    largeInPieces: await post(Buffer.alloc(LARGE_BODY), true),
    ...(webSocket !== undefined && {
      webSocket: {
        path: webSocket,
        answer: await ask(url, webSocket, { headers: { ...credential, ...opening(url) } }),
      },
    }),
  }
}

/** The opening of a WebSocket from a page of the site (RFC 6455 §4.1). */
function opening({ origin }: URL): Record<string, string> {
  return {
    Origin: origin,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
  }
}

import { z } from 'zod'
import type { Arrival } from '../../../core/access/arrival.js'
import { ownPath } from '../../../core/site/base-path.js'
import { type Answer, ask, isReply } from './ask.js'
import { askService } from './ask-service.js'
import { type Asked, FORGED_ADDRESS, type SiteFacts } from './facts.js'
import { forgedHeaders, PLAIN, UNDERSCORED } from './forged-headers.js'
import type { Wish } from './wish.js'

/**
 * Clients reach none of these: plain, and in spellings of which a proxy may not see that they are the same. Below the path of a base
 * URL they are where a proxy strips it.
 */
const INSIDE = [
  '/ingress/anonymous',
  '//ingress/anonymous',
  '/auth/../ingress/anonymous',
  '/auth/%2e%2e/ingress/anonymous',
  '/login/..;/ingress/anonymous',
  '/health',
  '/metrics',
] as const

const HTML = { Accept: 'text/html' }

/** Asks a living site, one question after the other, from outside. Nothing changes but what the service does with a POST. */
export async function askSite(wish: Wish): Promise<SiteFacts> {
  const { url, token, clock } = wish
  const own = (path: string) => ownPath(url, path)
  const first = await ask(url, own('/login'), { headers: HTML })
  const now = clock()
  const pages = [first, await ask(url, own('/login'), { headers: HTML })] as const
  const plain = await askPlain(url)
  const arrival = await askArrival(wish)
  const inside: Asked[] = []
  for (const path of new Set([...INSIDE, ...INSIDE.map(own)])) inside.push({ path, answer: await ask(url, path) })
  const credential = token && isSafeWith(url, first) ? { Authorization: `Bearer ${token.reveal()}` } : undefined
  const service = wish.service === undefined ? undefined : await askService(wish, wish.service, credential)
  return {
    url,
    now,
    pages,
    inside,
    ...(plain && { plain }),
    ...(arrival && { arrival }),
    ...(credential && { token: await ask(url, own('/auth/api/v1/token-info'), { headers: credential }) }),
    ...(service && { service }),
  }
}

/** A token goes to no site whose certificate is not trusted, and over no network without TLS. */
function isSafeWith({ protocol, hostname }: URL, answer: Answer): boolean {
  if (protocol === 'https:') return isReply(answer) && answer.certificate?.mistrust === undefined
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

function askPlain(url: URL): Promise<Answer> | undefined {
  if (url.protocol !== 'https:' || url.port !== '') return undefined
  return ask(new URL(`http://${url.hostname}/`), ownPath(url, '/login'), { headers: HTML })
}

async function askArrival({ url, mark }: Wish): Promise<Arrival | undefined> {
  const headers = { ...forgedHeaders(mark, PLAIN), 'X-Forwarded-For': FORGED_ADDRESS }
  const plain = arrivalOf(await ask(url, ownPath(url, '/auth/doctor'), { headers }))
  const others = arrivalOf(await ask(url, ownPath(url, '/auth/doctor'), { headers: forgedHeaders(mark, UNDERSCORED) }))
  return plain && { ...plain, identity_headers: [...plain.identity_headers, ...(others?.identity_headers ?? [])] }
}

const ARRIVAL: z.ZodType<Arrival> = z.object({
  base_url: z.url(),
  host: z.string().exactOptional(),
  protocol: z.string().exactOptional(),
  address: z.string().exactOptional(),
  identity_headers: z.array(z.string()),
})

function arrivalOf(answer: Answer): Arrival | undefined {
  if (!isReply(answer) || answer.status !== 200) return undefined
  try {
    return ARRIVAL.safeParse(JSON.parse(answer.body)).data
  } catch {
    return undefined
  }
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A server that takes the messages of a webhook, on loopback. */
export interface Webhook {
  readonly url: string
  /** The bodies that came, parsed. */
  readonly received: { readonly text: string }[]
  /** What it answers: a status; or nothing at all, until it stops. */
  answer: number | 'nothing'
  stop(): Promise<void>
}

export async function openWebhook(): Promise<Webhook> {
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as { text: string }
    webhook.received.push(body)
    if (webhook.answer === 'nothing') return
    const elsewhere = webhook.answer === 302 ? { Location: `${webhook.url}/elsewhere` } : {}
    response.writeHead(webhook.answer, elsewhere).end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const webhook: Webhook = {
    url: `http://127.0.0.1:${port}/services/T000/B000/a-secret-path`,
    received: [],
    answer: 200,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return webhook
}

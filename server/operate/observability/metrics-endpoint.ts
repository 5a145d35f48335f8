import type { IncomingMessage, ServerResponse } from 'node:http'
import { Registry } from 'prom-client'

/** All metrics of this Postern, in Prometheus' text format. */
export type Scrape = () => Promise<string>

/** `GET /metrics`. False for any other request. */
export function metricsEndpoint(scrape: Scrape) {
  async function show(response: ServerResponse): Promise<void> {
    const text = await scrape()
    response.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE })
    response.end(text)
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const isOurs = request.url?.split('?', 1)[0] === '/metrics' && request.method === 'GET'
    if (isOurs) show(response).catch(() => response.writeHead(500, { 'Content-Length': 0 }).end())
    return isOurs
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Registry } from 'prom-client'

/** Reads the metrics of all processes, in Prometheus' text format. */
export type Scrape = () => Promise<string>

/** Handles `GET /metrics`. The handler returns false for any other request. */
export function metricsEndpoint(scrape: Scrape) {
  async function sendMetrics(response: ServerResponse): Promise<void> {
    const text = await scrape()
    response.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE })
    response.end(text)
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const matches = request.url?.split('?', 1)[0] === '/metrics' && request.method === 'GET'
    if (matches) sendMetrics(response).catch(() => response.writeHead(500, { 'Content-Length': 0 }).end())
    return matches
  }
}

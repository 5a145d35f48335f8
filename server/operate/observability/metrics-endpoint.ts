import type { IncomingMessage, ServerResponse } from 'node:http'
import { Registry } from 'prom-client'
import { takesMethod } from './takes-method.js'

/** Reads the metrics of all processes, in Prometheus' text format. */
export type Scrape = () => Promise<string>

/** Handles `GET /metrics`. The handler returns false for any other path. */
export function metricsEndpoint(scrape: Scrape) {
  async function sendMetrics(response: ServerResponse): Promise<void> {
    const text = await scrape()
    response.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE })
    response.end(text)
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url?.split('?', 1)[0] !== '/metrics') return false
    if (takesMethod(request, response))
      sendMetrics(response).catch(() => response.writeHead(500, { 'Content-Length': 0 }).end())
    return true
  }
}

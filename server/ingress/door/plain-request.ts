import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { PlainHead } from './parse-head.js'

/**
 * Makes Node's own form of a request from its plain head, for the whole check.
 *
 * @returns undefined if a name came twice, of which Node takes the first, joins both or makes a list, by its name
 */
export function plainRequest(
  socket: Socket,
  { url, lines, end }: PlainHead,
  bytes: Buffer,
): IncomingMessage | undefined {
  const headers: Record<string, string> = {}
  const distinct: Record<string, string[]> = Object.create(null)
  const rawHeaders: string[] = []
  for (const line of bytes.toString('latin1', lines, end - 4).split('\r\n')) {
    const colon = line.indexOf(': ')
    const [name, value] = [line.slice(0, colon), line.slice(colon + 2)]
    const lower = name.toLowerCase()
    if (lower in distinct || lower === 'set-cookie' || lower === '__proto__') return undefined
    headers[lower] = value
    distinct[lower] = [value]
    rawHeaders.push(name, value)
  }
  const request = new IncomingMessage(socket)
  request.method = 'GET'
  request.url = url
  request.httpVersion = '1.1'
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  request.rawHeaders = rawHeaders
  request.headers = headers
  request.headersDistinct = distinct
  return request
}

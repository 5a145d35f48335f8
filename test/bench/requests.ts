const NGINX =
  'X-Original-URL: https://data.example.org/tap/sync\r\nX-Original-Method: GET\r\nX-Forwarded-For: 192.0.2.17\r\n'
const CLIENT = 'User-Agent: pyvo/1.6 Python/3.12\r\nAccept: */*\r\n'

/** A GET with these lines in its head, which end with CRLF. */
export const get = (target: string, lines: string, host = '127.0.0.1') =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}${CLIENT}\r\n`

/** A check as nginx asks it. */
export const check = (query: string) => get(`/ingress/auth?${query}`, `${NGINX}Authorization: Bearer {token}\r\n`)

/** The same, of a client that sends no credential. */
export const checkWithout = (query: string) => get(`/ingress/auth?${query}`, NGINX)

export const checkOfSession = (query: string) => get(`/ingress/auth?${query}`, `${NGINX}Cookie: postern={token}\r\n`)

/** A client's request to nginx. */
export const protectedPage = (path: string) => get(path, 'Authorization: Bearer {token}\r\n')

export const page = (path: string) => get(path, '')

export const pageOf = (path: string) => get(path, 'Cookie: postern={token}\r\n')

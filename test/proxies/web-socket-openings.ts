type Headers = Readonly<Record<string, string>>

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The ways in which a request shows that it opens a WebSocket. A browser shows all of them that it can. */
const SHOWN: readonly (readonly [string, Headers])[] = [
  ['every header', { upgrade: 'websocket', 'sec-websocket-key': KEY, 'sec-fetch-mode': 'websocket' }],
  ['Upgrade alone', { upgrade: 'WebSocket' }],
  ['Sec-WebSocket-Key', { upgrade: 'websocket', 'sec-websocket-key': KEY }],
]

/** The pages that open it: their own origin stands in the place of OURS. */
const FROM: readonly (readonly [string, boolean, Headers])[] = [
  ['the site', true, { origin: 'OURS' }],
  ['the site, in a browser that says more', true, { origin: 'OURS', 'sec-fetch-site': 'same-origin' }],
  ['another site', false, { origin: 'https://evil.example' }],
  ['a host beside the site', false, { origin: 'http://blog.example.org', 'sec-fetch-site': 'same-site' }],
  ['a sandbox', false, { origin: 'null' }],
]

/** Page, how it is shown, whether it may, headers. */
export const OPENINGS = SHOWN.flatMap(([shown, opening]) =>
  FROM.map(([page, passes, from]) => [page, shown, passes, { ...opening, ...from }] as const),
)

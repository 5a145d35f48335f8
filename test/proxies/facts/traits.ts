import type { ProxyName } from '../../support/site.js'

/** In what the shipped proxies differ, because one of them cannot do what the others do. */
export interface Traits {
  /** In which form a client reads why it was refused: in VOTables and pages, or in Postern's own JSON. */
  readonly refusals: 'sentences' | 'json'
  /** What an opening of a WebSocket is answered that has no key (RFC 6455 §4.2.1): as a plain request, or 400. */
  readonly withoutKey: 'plain' | 'refused'
  /** What a whole address in the first line of a request is: a path for the service, or refused. */
  readonly wholeAddress: 'path' | 'refused'
}

// biome-ignore format: a table reads in columns
export const TRAITS: Readonly<Record<ProxyName, Traits>> = {
  nginx:    { refusals: 'sentences', withoutKey: 'plain',   wholeAddress: 'path'    },
  caddy:    { refusals: 'sentences', withoutKey: 'plain',   wholeAddress: 'refused' },
  newCaddy: { refusals: 'sentences', withoutKey: 'plain',   wholeAddress: 'refused' },
  envoy:    { refusals: 'json',      withoutKey: 'plain',   wholeAddress: 'path'    },
  haproxy:  { refusals: 'sentences', withoutKey: 'refused', wholeAddress: 'path'    },
}

import type { ProxyName } from '../../support/site.js'

/** In what the shipped proxies differ, because one of them cannot do what the others do. */
export interface Traits {
  /** In which form a client reads why it was refused: in VOTables and pages, or in Postern's own JSON. */
  readonly refusals: 'sentences' | 'json'
}

// biome-ignore format: a table reads in columns
export const TRAITS: Readonly<Record<ProxyName, Traits>> = {
  nginx:    { refusals: 'sentences' },
  caddy:    { refusals: 'sentences' },
  newCaddy: { refusals: 'sentences' },
  envoy:    { refusals: 'json' },
}

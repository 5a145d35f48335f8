import { readFileSync } from 'node:fs'
import type { ProxyName } from '../support/site.js'

const DOCUMENT = new URL('../../deploy/docs/proxies.md', import.meta.url)

/** Where the recipe of each proxy stands in the document, and how it is written there. */
const HEADINGS: Readonly<Record<ProxyName, { readonly heading: string; readonly language: string }>> = {
  nginx: { heading: 'nginx', language: 'nginx' },
  caddy: { heading: 'Caddy', language: 'caddy' },
  newCaddy: { heading: 'Caddy', language: 'caddy' },
  envoy: { heading: 'Envoy', language: 'yaml' },
  haproxy: { heading: 'HAProxy', language: 'haproxy' },
}

/** The recipe of the documents for one more service, `images` at port 8083. */
export function recipe(proxy: ProxyName): string {
  const { heading, language } = HEADINGS[proxy]
  const [, section = ''] = readFileSync(DOCUMENT, 'utf8').split(`\n## ${heading}\n`)
  const [, text] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(section.split('\n## ')[0] ?? '') ?? []
  if (text === undefined) throw new Error(`The documents have no recipe for ${proxy}`)
  return text
}

/** Two more services as the documents tell operators to add them: images, and one with optional authentication. */
export function moreServices(proxy: ProxyName): (port: number) => string {
  return (port) => {
    const images = recipe(proxy).replaceAll('8083', String(port))
    const archive = images.replaceAll('scope=read:image', 'optional=true').replaceAll('images', 'archive')
    return proxy === 'envoy' ? joined(images, archive) : `${images}\n${archive}`
  }
}

/** Two texts of YAML with the same lists. */
function joined(one: string, other: string): string {
  const sections = (text: string) => text.split(/^(?=\w+:$)/m)
  const listOf = (section: string) => section.replace(/^\w+:\n/, '')
  return sections(one)
    .map((section, n) => `${section}${listOf(sections(other)[n] ?? '')}`)
    .join('')
}

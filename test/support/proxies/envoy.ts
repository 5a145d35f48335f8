import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wheelProgram } from '../programs/wheels.mjs'
import { answers, listens, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'
import { type ProxyOptions, type RunningProxy, withAddresses, withLines, withOneLog } from './proxy.js'

const SHIPPED = new URL('../../../deploy/envoy/envoy.yaml', import.meta.url)

/** Starts Envoy with `deploy/envoy/envoy.yaml`. */
export async function startEnvoy(options: ProxyOptions): Promise<RunningProxy> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('envoy', user)
  const file = (name: string) => join(folder, name)
  const text = withAddresses(withTls(readFileSync(SHIPPED, 'utf8'), options), changes(options))
  writeFileSync(file('envoy.yaml'), options.services === undefined ? text : withServices(text, options.services))
  handOver(folder, user)

  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${options.port}`
  const command = [wheelProgram('envoy'), '-c', file('envoy.yaml'), '--use-dynamic-base-id', '--concurrency', '1']
  const server = startServer(command, { user, cwd: folder, log: file('error.log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => (options.tls ? listens(options.port) : answers(`${url}${options.path ?? ''}/login`)))
  return withOneLog({ url, server, folder })
}

/** Takes the comment signs off the lines for TLS. */
function withTls(shipped: string, { tls, port }: ProxyOptions): string {
  if (!tls) return shipped
  const listener = withLines(withLines(shipped, 'transport_socket:', '} } }'), '- name: plain', 'v3.Router } }]')
  // biome-ignore format: a table reads in columns
  return withAddresses(listener, [
    ['/etc/ssl/certs/data.example.org.pem',    tls.certificate],
    ['/etc/ssl/private/data.example.org.key',  tls.key],
    ["- name: plain\n      address: { socket_address: { address: 0.0.0.0, port_value: 80 }", `- name: plain\n      address: { socket_address: { address: 127.0.0.1, port_value: ${tls.plainPort} }`],
    ['https_redirect: true',                   `https_redirect: true, port_redirect: ${port}`],
  ])
}

function changes(options: ProxyOptions): readonly (readonly [string, string])[] {
  const { port, posternPort, checksSocket, tapPort, portalPort } = options
  const to = (cluster: string, address: string) =>
    [`cluster_name: ${cluster}\n        endpoints: [{ lb_endpoints: [{ endpoint: { address: {`, address] as const
  const socket = (number: number) => ` socket_address: { address: 127.0.0.1, port_value: ${number} } }`
  const shipped = (cluster: string, number: number, wanted: string) => {
    const [head] = to(cluster, '')
    return [`${head}${socket(number)}`, `${head}${wanted}`] as const
  }
  const checks = checksSocket === undefined ? socket(posternPort) : ` pipe: { path: ${checksSocket} } }`
  return [
    [
      '- name: site\n      address: { socket_address: { address: 0.0.0.0, port_value: 80 }',
      `- name: site\n      address: { socket_address: { address: 127.0.0.1, port_value: ${port} }`,
    ],
    ["domains: [data.example.org, 'data.example.org:*']", "domains: [127.0.0.1, '127.0.0.1:*']"],
    ['host_redirect: data.example.org', `host_redirect: '127.0.0.1:${port}'`],
    shipped('postern', 8080, socket(posternPort)),
    shipped('postern_checks', 8080, checks),
    shipped('tap', 8081, socket(tapPort)),
    shipped('portal', 8082, socket(portalPort)),
    ...(options.path ? pathChanges(options.path) : []),
    ...(options.limits === 'small' ? SMALL_LIMITS : []),
  ]
}

const PAGES = String.raw`/((auth|login|logout)(/.*)?|\.well-known/(openid-configuration|jwks\.json|change-password|oauth-[a-z-]+(/.*)?))`

/** The changes that stand in the file as a comment. */
const pathChanges = (path: string) =>
  [
    ['match: { path: /auth/api/v1/programs }', `match: { path: ${path}/auth/api/v1/programs }`],
    [`regex: '${PAGES}'`, `regex: '${path}(/.*)?'`],
  ] as const

/** The lists to which an operator adds for one more service, and the comment in the file where each goes on. */
// biome-ignore format: a table reads in columns
const LISTS = {
  routes:       '# --- More services: the route of each ---',
  http_filters: '# --- More services: the check of each ---',
  clusters:     '# --- More services: the address of each ---',
}

/** The file with more services, whose lists stand below the names of {@link LISTS}, as in deploy/docs/proxies.md. */
function withServices(text: string, services: string): string {
  const sections = services.split(/^(?=\w+:\n)/m).filter((each) => each.trim() !== '')
  return sections.reduce((file, section) => {
    const [name = '', ...lines] = section.split('\n')
    const mark = LISTS[name.slice(0, -1) as keyof typeof LISTS]
    const [, indent = ''] = new RegExp(`^( *)${mark}$`, 'm').exec(file) ?? []
    const block = lines.map((line) => (line === '' ? line : `${indent}${line.slice(2)}`)).join('\n')
    return withAddresses(file, [[`${indent}${mark}\n`, `${indent}${mark}\n${block}\n`]])
  }, text)
}

/** The shipped limits in small. */
const SMALL_LIMITS = [
  ['{ max_tokens: 1000, tokens_per_fill: 200,', '{ max_tokens: 100, tokens_per_fill: 1,'],
  ['{ max_tokens: 200, tokens_per_fill: 20,', '{ max_tokens: 20, tokens_per_fill: 1,'],
] as const

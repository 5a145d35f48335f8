import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { withoutServiceLinks } from '../../server/core/service-links.js'

interface Service {
  readonly name: string
  readonly address: string
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[]
}

/** The variables that the kubelet makes of a Service: `makeEnvVariables` of its `envvars.go`. */
function linksOf({ name, address, ports }: Service): Record<string, string> {
  const upper = (text: string) => text.toUpperCase().replaceAll('-', '_')
  const prefix = upper(name)
  const host = address.includes(':') ? `[${address}]` : address
  const links: Record<string, string> = { [`${prefix}_SERVICE_HOST`]: address }
  for (const [index, each] of ports.entries()) {
    const url = `${each.protocol.toLowerCase()}://${host}:${each.port}`
    const one = `${prefix}_PORT_${each.port}_${each.protocol}`
    Object.assign(links, index === 0 && { [`${prefix}_SERVICE_PORT`]: `${each.port}`, [`${prefix}_PORT`]: url })
    if (each.name) links[`${prefix}_SERVICE_PORT_${upper(each.name)}`] = `${each.port}`
    links[one] = url
    links[`${one}_PROTO`] = each.protocol.toLowerCase()
    links[`${one}_PORT`] = `${each.port}`
    links[`${one}_ADDR`] = address
  }
  return links
}

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/)
const services = fc.record({
  name: fc.option(label).map((each) => (each === null ? 'postern' : `postern-${each}`)),
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
  ports: fc.uniqueArray(
    fc.record({
      name: fc.oneof(fc.constant(''), label),
      port: fc.integer({ min: 1, max: 65_535 }),
      protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
    }),
    { minLength: 1, maxLength: 4, selector: ({ port }) => port },
  ),
})

describe('the service links of Kubernetes', () => {
  it('are taken out for every Service whose name begins with "postern", and the settings stay', () => {
    const settings = { POSTERN_PORT: '9000', POSTERN_BASE_URL: 'https://x.org', POSTERN_PROT: '1', PATH: '/bin' }
    fc.assert(
      fc.property(fc.array(services, { minLength: 1, maxLength: 3 }), (all) => {
        // One name has one Service.
        const links = Object.assign({}, ...[...new Map(all.map((each) => [each.name, each])).values()].map(linksOf))
        expect(withoutServiceLinks(links)).toEqual({})
        // A pod's own variables come after the links.
        expect(withoutServiceLinks({ ...links, ...settings })).toEqual(settings)
      }),
    )
  })

  // The name of a variable beside a Service "postern-checks" at 10.0.0.1, and its value.
  // biome-ignore format: a table
  it.each([
    ['POSTERN_CHECKS_PORT',                'tcp://10.0.0.1:80',  'a link'],
    ['POSTERN_CHECKS_PORT',                'tcp://10.0.0.2:80',  'no link: another address'],
    ['POSTERN_CHECKS_PORT',                '80',                 'no link: no URL'],
    ['POSTERN_CHECKS_PORT',                'http://10.0.0.1:80', 'no link: a protocol that Services have not'],
    ['POSTERN_CHECKS_SERVICE_PORT',        '80',                 'a link'],
    ['POSTERN_CHECKS_SERVICE_PORT_CHECKS', '80',                 'a link'],
    ['POSTERN_CHECKS_SERVICE_PORT_CHECKS', 'http',               'no link: no port'],
    ['POSTERN_CHECKS_SERVICE_PROT',        '80',                 'no link: misspelt'],
    ['POSTERN_CHECKS_PORT_80_TCP',         'tcp://10.0.0.1:80',  'a link'],
    ['POSTERN_CHECKS_PORT_80_TCP_PROTO',   'tcp',                'a link'],
    ['POSTERN_CHECKS_PORT_80_TCP_PROTO',   'udp',                'no link: another protocol'],
    ['POSTERN_CHECKS_PORT_80_TCP_PORT',    '80',                 'a link'],
    ['POSTERN_CHECKS_PORT_80_TCP_PORT',    '81',                 'no link: another port'],
    ['POSTERN_CHECKS_PORT_80_TCP_ADDR',    '10.0.0.1',           'a link'],
    ['POSTERN_CHECKS_PORT_80_TCP_ADDR',    'db.example.org',     'no link: no address'],
    ['POSTERN_CHECKS_URL',                 'tcp://10.0.0.1:80',  'no link: a name that Services have not'],
    ['POSTERN_CACHE_PORT',                 'tcp://10.0.0.1:80',  'no link: no Service of that name'],
    ['POSTERN_CACHE_SERVICE_HOST',         'redis.example.org',  'no link: no address'],
    ['POSTERN_CACHE_SERVICE_PORT',         '6379',               'no link: no Service of that name'],
    ['POSTERN_PORT',                       'tcp://10.0.0.1:80',  'no link: no Service of that name'],
    ['CHECKS_PORT',                        'tcp://10.0.0.1:80',  'no link: not ours'],
  ])('have their form in name and value: %s=%s is %s', (name, value, verdict) => {
    const kept = withoutServiceLinks({ POSTERN_CHECKS_SERVICE_HOST: '10.0.0.1', [name]: value })
    expect(kept).toEqual(verdict === 'a link' ? {} : { [name]: value })
  })
})

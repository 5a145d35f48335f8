import { describe, expect, it } from '@jest/globals'
import { readRedisUrl } from '../../server/settings/redis-url.js'

const one = (host: string, port: number) => [{ host, port }]
const SERVER = { kind: 'server', tls: false, database: 0 }

describe('the address of Redis', () => {
  it.each([
    ['redis://localhost', { ...SERVER, hosts: one('localhost', 6379) }],
    ['redis://localhost/', { ...SERVER, hosts: one('localhost', 6379) }],
    ['redis://[::1]:7000/4', { ...SERVER, hosts: one('::1', 7000), database: 4 }],
    ['redis://:p%40ss@h:1', { ...SERVER, hosts: one('h', 1), password: 'p@ss' }],
    ['redis://ada:100%@h', { ...SERVER, hosts: one('h', 6379), username: 'ada', password: '100%' }],
    ['rediss://h?tls-ca=/etc/ca.pem', { ...SERVER, hosts: one('h', 6379), tls: true, tlsCa: '/etc/ca.pem' }],
    [
      'redis+sentinel://u:p@a:1,b/main/2?sentinel-username=s&sentinel-password=t',
      {
        kind: 'sentinel',
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        tls: false,
        master: 'main',
        database: 2,
        username: 'u',
        password: 'p',
        sentinelUsername: 's',
        sentinelPassword: 't',
      },
    ],
    [
      'rediss+cluster://a,10.0.0.1:7001',
      {
        kind: 'cluster',
        hosts: [
          { host: 'a', port: 6379 },
          { host: '10.0.0.1', port: 7001 },
        ],
        tls: true,
        database: 0,
      },
    ],
  ])('%s', (text, address) => {
    expect(readRedisUrl(text)).toEqual(address)
  })

  it.each([
    '',
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis:///0',
    'redis://a,b',
    'redis://a:70000',
    'redis://a/zero',
    'redis://a/0/1',
    'redis://a b',
    'redis://a?tls_ca=/x',
    'redis+sentinel://a',
    'redis+sentinel://a/main/x',
    'redis+cluster://a/1',
    'redis+cluster://a,,b',
    'redis+other://a',
  ])('cannot be %j', (text) => {
    expect(readRedisUrl(text)).toBeUndefined()
  })
})

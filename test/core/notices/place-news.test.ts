import { describe, expect, it } from '@jest/globals'
import { clientName, networkOf, newsOf } from '../../../server/core/notices/place-news.js'
import { OTHER_PLACES } from '../../../server/core/token/use-place.js'

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.0'],
    ['192.0.2.255', '192.0.2.0'],
    ['192.0.3.7', '192.0.3.0'],
    ['::ffff:192.0.2.7', '192.0.2.0'],
    ['2001:db8:1:2:3::4', '2001:db8:1::'],
    ['2001:db8:1:ffff::', '2001:db8:1::'],
    ['2001:db8:2::1', '2001:db8:2::'],
    ['', ''],
    ['unix:', 'unix:'],
  ])('of %s is %s', (address, network) => expect(networkOf(address)).toBe(network))
})

describe('the name of a client', () => {
  it.each([
    ['python-requests/2.31.0', 'python-requests/2.32.3'],
    ['astroquery/0.4.7 Python/3.11.4 (Linux)', 'astroquery/0.4.8.dev12 Python/3.12.0rc1 (Linux)'],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
      'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 11_2) Safari/606',
    ],
  ])('is the same after an update: %s', (before, after) => expect(clientName(after)).toBe(clientName(before)))

  it.each([
    ['astroquery/0.4.7 Python/3.11.4 (Linux)', 'astroquery Python (Linux)'],
    ['  curl/8.5.0  ', 'curl'],
    ['Mac OS X 10_15_7', 'Mac OS X'],
    ['a 1.2  b', 'a b'],
    ['', ''],
  ])('%j is %j, as it is stored and compared', (userAgent, name) => expect(clientName(userAgent)).toBe(name))

  it.each([
    ['curl/8.5.0', 'Wget/1.21'],
    ['Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0', 'Mozilla/5.0 (X11; Linux x86_64) Chrome/128.0'],
    ['Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0', 'Mozilla/5.0 (Windows NT 10.0) Firefox/128.0'],
    ['', 'curl/8.5.0'],
  ])('tells %s from %s', (one, other) => expect(clientName(one)).not.toBe(clientName(other)))
})

const place = (address: string, client = 'curl/8') => ({ address, client })
const HOME = place('192.0.2.7')

describe('what is news about the uses of a token', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['the first use',                             [],             [HOME],                                         []],
    ['another address of the network',            [HOME],         [place('192.0.2.8')],                           []],
    ['a newer version of the client',             [HOME],         [place('192.0.2.7', 'curl/9')],                 []],
    ['another network',                           [HOME],         [place('198.51.100.1')],                        [['network']]],
    ['another client',                            [HOME],         [place('192.0.2.7', 'wget/1')],                 [['client']]],
    ['both',                                      [HOME],         [place('198.51.100.1', 'wget/1')],              [['network', 'client']]],
    ['another /48',                               [place('2001:db8:1::1')], [place('2001:db8:2::1')],             [['network']]],
    ['another address of the /48',                [place('2001:db8:1::1')], [place('2001:db8:1:9::1')],           []],
    ['a network that was known with another client', [HOME, place('198.51.100.1', 'wget/1')], [place('198.51.100.2', 'curl/7')], []],
    ['a place beyond those that are told apart',  [HOME],         [OTHER_PLACES],                                 []],
    ['a client that calls itself as those do',   [HOME],         [place('198.51.100.1', 'others')],              [['network', 'client']]],
    ['the first use after only such places',      [OTHER_PLACES], [HOME],                                         []],
    ['a second place before any was written',     [],             [HOME, place('198.51.100.1')],                  [['network']]],
    ['two addresses of one new network',          [HOME],         [place('198.51.100.1'), place('198.51.100.2')], [['network']]],
    ['an unknown address',                        [HOME],         [place('')],                                    [['network']]],
  ] as const)('%s', (_what, known, fresh, news) =>
    expect(newsOf(known, fresh).map((each) => each.news)).toEqual(news))

  it('names the place', () => {
    const [known, away] = [HOME, place('198.51.100.1')]
    expect(newsOf([known], [known, away])).toEqual([{ place: away, news: ['network'] }])
  })
})

import type { Case } from '../cases.js'
import type { Turn } from '../measure.js'
import type { Measured } from '../parts/postern-and-bare.js'
import { get } from '../requests.js'
import type { Ask, Contender } from './contender.js'

/** How a contender is asked. */
export type Place = 'direct' | 'nginx' | 'socket'
export type Credential = 'valid' | 'refused'

/** A measurement of a contender, in turns with the bare server. */
export interface PeerCase extends Case {
  readonly contender: string
  readonly place: Place
  readonly credential: Credential
}

/** Where a contender is asked in each place that is measured. */
export interface Contest {
  readonly contender: Contender
  readonly at: Partial<Readonly<Record<Place, Measured>>>
}

/** Each contender with a valid credential and a refused one, at each of its places. The bare server is behind the same proxy. */
export function peerCases(contests: readonly Contest[], bare: Contest): PeerCase[] {
  return contests.flatMap(({ contender, at }) =>
    (['direct', 'nginx', 'socket'] as const).flatMap((place) => {
      const baseline = place === 'direct' ? bare.at.direct : bare.at.nginx
      const server = at[place]
      if (server === undefined || baseline === undefined) return []
      const against = turn(baseline, bare.contender.ask, place, 'valid')
      return (['valid', 'refused'] as const).flatMap((credential): PeerCase[] => {
        if (contender.ask[credential] === undefined) return []
        const ours = turn(server, contender.ask, place, credential)
        const name = `${contender.name}, ${credential} credential, ${NAMES[place]}`
        return [
          { letter: '', name, turn: () => ours, against: () => against, contender: contender.name, place, credential },
        ]
      })
    }),
  )
}

const NAMES = { direct: 'direct', nginx: 'behind nginx', socket: 'behind nginx, by a Unix socket' }

/** Directly it is asked what the proxy would ask; a proxy is asked for the page. */
function turn(server: Measured, ask: Ask, place: Place, credential: Credential): Turn {
  const line = `${ask[credential]}\r\n`
  const [admits, refuses] = [place === 'direct' ? (ask.admits ?? 200) : 200, 401]
  const status = credential === 'valid' ? admits : refuses
  if (place !== 'direct') return { server, request: get('/tap/sync', line), status }
  const proxys = Object.entries(ask.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return { server, request: get(ask.path, `${proxys.join('')}${line}`, ask.host), status }
}

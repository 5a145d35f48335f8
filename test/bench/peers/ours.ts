import type { PosternAndBare } from '../parts/postern-and-bare.js'
import { type Contender, forged, ORIGINAL } from './contender.js'

/** Postern, and the bare server that sends the same answer. */
export function ourContenders({ postern, socket, bare, token }: PosternAndBare): {
  postern: Contender
  bare: Contender
} {
  const ask = {
    path: '/ingress/auth?scope=read:tap',
    headers: ORIGINAL,
    valid: `Authorization: Bearer ${token}`,
  }
  return {
    postern: {
      name: 'Postern',
      version: 'this one',
      checks: 'token, secret, scope, expiry, revocation; notes the use',
      configured: 'a user token, cached; PostgreSQL and Redis; default logs: refusals',
      server: postern,
      atSocket: socket,
      ask: { ...ask, refused: `Authorization: Bearer ${forged(token)}` },
    },
    bare: {
      name: 'the bare server itself',
      version: process.versions.node,
      checks: 'nothing',
      configured: '`node:http`, Postern’s answer',
      server: bare,
      atSocket: bare,
      ask,
    },
  }
}

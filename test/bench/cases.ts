import type { Turn } from './measure.js'
import { fillListed, fillSessions, fillTokens } from './parts/fill.js'
import type { MeasuredServers } from './parts/measured-servers.js'
import { check, checkOfSession, checkWithout, page, pageOf, protectedPage } from './requests.js'

/** A line of the table: a measurement, in turns with its baseline. */
export interface Case {
  readonly name: string
  readonly letter: string
  readonly turn: (round: number) => Turn
  readonly against: () => Turn
  /** Sent beforehand and not measured: fills the cache for the turn. */
  readonly before?: (round: number) => Turn
}

const TAP = 'scope=read:tap'
const DELEGATE = `${TAP}&delegate_to=portal&delegate_scope=read:tap`
/** Tokens that are met for the first time in one round. */
const FRESH = { checks: 1_500, delegations: 1_500 }

/** Everything that is measured in turns, and what it needs in the stores. */
export async function prepareCases(site: MeasuredServers, rounds: number): Promise<Case[]> {
  const { desk, bare, postern, express, counted, behindNginx } = site
  const tokens = [site.token]
  const fromPostgres = await fillTokens(desk.context, FRESH.checks * rounds)
  const fromRedis = await fillSessions(desk.context, FRESH.checks * rounds)
  const parents = await fillTokens(desk.context, FRESH.delegations * rounds)
  const lists = { short: await fillListed(desk.context, 1, 20), long: await fillListed(desk.context, 2, 100) }
  const slice = (all: readonly string[], each: number, round: number) => all.slice(each * round, each * (round + 1))

  const bareCheck = () => ({ server: bare, request: check(TAP), tokens })
  const bareNginx = () => ({ server: behindNginx.bare, request: protectedPage('/tap/sync'), tokens })
  const once = true
  const delegating = (round: number) => ({
    server: postern,
    tokens: slice(parents, FRESH.delegations, round),
    once,
  })
  return [
    {
      letter: 'a',
      name: 'check of a cached token',
      turn: () => ({ server: postern, request: check(TAP), tokens }),
      against: bareCheck,
    },
    {
      letter: 'b',
      name: 'the same through nginx',
      turn: () => ({ ...bareNginx(), server: behindNginx.postern }),
      against: bareNginx,
    },
    {
      letter: 'b',
      name: 'the same through nginx, by a Unix socket',
      turn: () => ({ ...bareNginx(), server: behindNginx.socket }),
      against: bareNginx,
    },
    {
      letter: 'b',
      name: 'nginx that asks nginx',
      turn: () => ({ ...bareNginx(), server: behindNginx.nginx }),
      against: bareNginx,
    },
    {
      letter: 'c',
      name: 'the same as an Express route',
      turn: () => ({ server: express, request: check(TAP), tokens }),
      against: bareCheck,
    },
    {
      letter: 'd',
      name: 'first check, Redis (session)',
      turn: (round) => ({
        server: postern,
        request: checkOfSession(TAP),
        tokens: slice(fromRedis, FRESH.checks, round),
        once,
      }),
      against: bareCheck,
    },
    {
      letter: 'd',
      name: 'first check, PostgreSQL',
      turn: (round) => ({
        server: postern,
        request: check(TAP),
        tokens: slice(fromPostgres, FRESH.checks, round),
        once,
      }),
      against: bareCheck,
    },
    {
      letter: 'e',
      name: 'delegated token, cached',
      turn: () => ({ server: postern, request: check(DELEGATE), tokens }),
      against: bareCheck,
    },
    {
      letter: 'e',
      name: 'delegated token, derived',
      before: (round) => ({ ...delegating(round), request: check(TAP) }),
      turn: (round) => ({ ...delegating(round), request: check(DELEGATE) }),
      against: bareCheck,
    },
    {
      letter: 'f',
      name: 'counted against a quota',
      turn: () => ({ server: postern, request: check(`${TAP}&service=limited`), tokens }),
      against: bareCheck,
    },
    {
      letter: 'g',
      name: 'tokens that were never issued',
      turn: () => ({ server: counted, request: check(TAP), tokens: 'made up', status: 401 }),
      against: bareCheck,
    },
    {
      letter: 'j',
      name: 'refused: no credential',
      turn: () => ({ server: postern, request: checkWithout(TAP), status: 401 }),
      against: bareCheck,
    },
    {
      letter: 'j',
      name: 'refused: wrong secret',
      turn: () => ({ server: postern, request: check(TAP), tokens: tokens.map(withWrongSecret), status: 401 }),
      against: bareCheck,
    },
    {
      letter: 'j',
      name: 'refused: missing scope',
      turn: () => ({ server: postern, request: check('scope=exec:portal'), tokens, status: 403 }),
      against: bareCheck,
    },
    {
      letter: 'i',
      name: 'sign-in page',
      turn: () => ({ server: postern, request: page('/login') }),
      against: bareCheck,
    },
    {
      letter: 'i',
      name: 'token list page, 20 tokens',
      turn: () => ({ server: postern, request: pageOf('/auth/tokens'), tokens: lists.short }),
      against: bareCheck,
    },
    {
      letter: 'i',
      name: 'token list page, 100 tokens',
      turn: () => ({ server: postern, request: pageOf('/auth/tokens'), tokens: lists.long }),
      against: bareCheck,
    },
    {
      letter: 'i',
      name: 'token-info of the API',
      turn: () => ({ server: postern, request: protectedPage('/auth/api/v1/token-info'), tokens }),
      against: bareCheck,
    },
  ]
}

/** Another secret of the same form. */
function withWrongSecret(token: string): string {
  return token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'))
}

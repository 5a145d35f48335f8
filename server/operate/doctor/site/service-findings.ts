import { type Finding, unknown, warning } from '../findings.js'
import { type Answer, isReply } from './ask.js'
import { cacheSigns } from './cache-signs.js'
import { LARGE_BODY, type ServiceFacts } from './facts.js'

/** Judges what a service behind a check answers: with a token, without one, to large bodies and to a WebSocket. */
export function serviceFindings(facts: ServiceFacts | undefined): Finding[] {
  const about = 'Service'
  if (!facts) return [unknown(about, 'none was asked: give the path of one behind a check with --service')]
  const { path, withToken } = facts
  if (!withToken) return [anonymousFinding(facts), unknown(about, `${path} was not asked with a token: none was sent`)]
  if (!isReply(withToken)) return [warning(about, `${path} does not answer: ${withToken.error}`)]
  const { status } = withToken
  if (status >= 500) return [warning(about, `${path} answers ${status}: the service, or the check, does not answer`)]
  if (status >= 400)
    return [anonymousFinding(facts), warning(about, `${path} answers ${status} to the token: give one with its scope`)]
  return [
    { about, says: `${path} answers ${status} to the token` },
    anonymousFinding(facts),
    forgedFinding(facts),
    leakFinding(facts),
    ...bodyFindings(facts),
    webSocketFinding(facts),
  ]
}

function anonymousFinding({ path, anonymous }: ServiceFacts): Finding {
  const about = 'Without a token'
  if (!isReply(anonymous)) return warning(about, `${path} does not answer: ${anonymous.error}`)
  const { status, headers } = anonymous
  const signs = cacheSigns(anonymous)
  if (signs.length > 0)
    return warning(about, `a cache answers for ${path} in the place of the check: ${signs.join(', ')}`)
  if (status < 300) return warning(about, `${path} answers ${status}: no check is asked for there`)
  if (status >= 500) return warning(about, `${path} answers ${status}: the check, or the service, does not answer`)
  if (status === 401 && headers['www-authenticate'] === undefined)
    return warning(about, `${path} answers 401 without WWW-Authenticate: clients ask their users for no token`)
  return { about, says: `${path} answers ${status}` }
}

function forgedFinding({ path, forged = [], showsHeaders }: ServiceFacts): Finding {
  const about = 'Forged headers'
  if (forged.length > 0)
    return warning(about, `of a client reach ${path}: ${forged.join(', ')}; a client can be any user there`)
  if (!showsHeaders) return unknown(about, `${path} does not show the headers of its request, as an echo would`)
  return { about, says: `of a client do not reach ${path}` }
}

function leakFinding({ path, showsToken, showsHeaders }: ServiceFacts): Finding {
  const about = 'Token at the service'
  if (showsToken) return warning(about, `${path} gets the token: it can act as the user everywhere`)
  if (!showsHeaders) return unknown(about, `${path} does not show the headers of its request`)
  return { about, says: `${path} does not get it` }
}

function bodyFindings({ path, small, large, largeInPieces }: ServiceFacts): Finding[] {
  const kinds = [
    ['Large bodies', large],
    ['Large bodies in pieces', largeInPieces],
  ] as const
  return kinds.map(([about, answer]) => {
    if (!small || !answer) return unknown(about, 'not known')
    const [expected, got] = [outcomeOf(small), outcomeOf(answer)]
    if (expected === got) return { about, says: `of ${LARGE_BODY / 1e6} MB are answered as small ones are (${got})` }
    return warning(
      about,
      `of ${LARGE_BODY / 1e6} MB end in ${got} at ${path}, small ones in ${expected}: the proxy, or the service, limits them`,
    )
  })
}

function outcomeOf(answer: Answer): string {
  return isReply(answer) ? String(answer.status) : answer.error
}

function webSocketFinding({ webSocket }: ServiceFacts): Finding {
  const about = 'WebSocket'
  if (!webSocket) return unknown(about, 'none was opened: give the path of one with --websocket')
  const outcome = outcomeOf(webSocket.answer)
  if (outcome === '101') return { about, says: `opens at ${webSocket.path}` }
  return warning(
    about,
    `does not open at ${webSocket.path} (${outcome}): the proxy must pass Upgrade and Connection on`,
  )
}

import { isList, isObject, isText, type Json, partOf, textsOf } from '../answer.js'
import type { Call, Command } from '../arguments.js'
import { EXIT, Failure } from '../failure.js'
import { show } from '../output.js'
import { call, keep, type Session, sessionOf, tokensOf } from '../session.js'
import { endOf, instantOf, nameOf, secondsOf } from '../words.js'

/** The commands after the word `token`. */
export const TOKEN_COMMANDS: Readonly<Record<string, Command>> = {
  new: {
    help: 'create a token and print it; it is not shown again',
    needs: ['NAME'],
    options: {
      scope: { help: 'repeatable', value: 'SCOPE' },
      expires: { help: '30d, 12h, a date such as 2027-01-31, or never', value: 'EXPIRES' },
      network: { help: 'a network that it is bound to; repeatable', value: 'NETWORK' },
      service: { help: 'a service that it is bound to; repeatable', value: 'SERVICE' },
    },
    run: create,
  },
  list: { help: 'list your tokens', needs: [], options: {}, run: list },
  revoke: { help: 'revoke a token', needs: ['NAME|KEY'], options: {}, run: revoke },
  rotate: {
    help: 'replace a token by a new one of the same name',
    needs: ['NAME|KEY'],
    options: {
      overlap: {
        help: 'how long the old one stays valid, such as 0m or 7d; a day when not given',
        value: 'OVERLAP',
      },
      renew: { help: 'the new one lasts as long from now as the old one was made for' },
    },
    run: rotate,
  },
}

async function create(asked: Call): Promise<void> {
  const session = sessionOf(asked.site)
  const expires = asked.last('expires')
  const networks = asked.all('network')
  const services = asked.all('service')
  const body = {
    token_name: asked.words[0],
    scopes: asked.all('scope'),
    ...(expires !== undefined && expires !== 'never' && { expires: instantOf(expires) }),
    ...(networks.length > 0 && { networks }),
    ...(services.length > 0 && { services }),
  }
  const made = await call(session, { method: 'POST', path: await tokensOf(session), body })
  show(asked, made.body, partOf(made, 'token', isText))
}

async function list(asked: Call): Promise<void> {
  const tokens = await listOf(sessionOf(asked.site))
  const lines = tokens.map((each) => {
    const columns = [`${each.token} `, nameOf(each).padEnd(24), endOf(each).padEnd(20), textsOf(each.scopes).join(' ')]
    return columns.join(' ')
  })
  show(asked, tokens, lines.join('\n'))
}

async function revoke(asked: Call): Promise<void> {
  const session = sessionOf(asked.site)
  const found = await findToken(session, asked.words[0] ?? '')
  await call(session, { method: 'DELETE', path: `${await tokensOf(session)}/${found.token}` })
  show(asked, found, `Revoked ${nameOf(found)}`)
}

async function rotate(asked: Call): Promise<void> {
  const session = sessionOf(asked.site)
  const overlap = asked.last('overlap')
  const body = {
    ...(overlap !== undefined && { overlap: secondsOf(overlap) }),
    ...(asked.has('renew') && { renew: true }),
  }
  const found = await findToken(session, asked.words[0] ?? '')
  const made = await call(session, { method: 'POST', path: `${await tokensOf(session)}/${found.token}/rotate`, body })
  const token = partOf(made, 'token', isText)
  if (found.token !== session.key || !session.isKept) return show(asked, made.body, token)
  keep(session.site, token, session.file === undefined)
  show(asked, { token_name: nameOf(found) }, 'The token of this sign-in is replaced')
}

async function listOf(session: Session): Promise<Json[]> {
  const answer = await call(session, { method: 'GET', path: await tokensOf(session) })
  return partOf({ ...answer, body: { tokens: answer.body } }, 'tokens', isList).filter(isObject)
}

/** Finds a token by its name or its key; never by a part of either. */
async function findToken(session: Session, which: string): Promise<Json> {
  const tokens = await listOf(session)
  const [found, ...others] = tokens.filter(({ token, token_name: name }) => which === token || which === name)
  if (found && others.length === 0) return found
  throw new Failure(EXIT.refused, `There is no token ${which}; see: token list`)
}

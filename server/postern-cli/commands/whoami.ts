import { isList, isObject, isText, partOf, textsOf } from '../answer.js'
import type { Call, Command } from '../arguments.js'
import { show } from '../output.js'
import { call, sessionOf } from '../session.js'
import { endOf, nameOf } from '../words.js'

export const whoami: Command = {
  help: 'who is signed in, and what the token may do',
  needs: [],
  options: {},
  run,
}

async function run(asked: Call): Promise<void> {
  const session = sessionOf(asked.site)
  const user = await call(session, { method: 'GET', path: '/user-info' })
  const token = await call(session, { method: 'GET', path: '/token-info' })
  const username = partOf(user, 'username', isText)
  const name = isObject(user.body) && isText(user.body.name) ? user.body.name : null
  const scopes = textsOf(partOf(token, 'scopes', isList)).join(' ') || 'no scopes'
  const end = endOf(isObject(token.body) ? token.body : {})
  const lines = [
    `${username}${name ? ` (${name})` : ''} at ${session.site}`,
    `token ${nameOf(token.body)}: ${scopes}, ${end}`,
  ]
  show(asked, { site: session.site, username, name, token: token.body }, lines.join('\n'))
}

import { isList, isObject, isText, type Json, partOf, textsOf } from '../answer.js'
import type { Call, Command } from '../arguments.js'
import { show } from '../output.js'
import { call, sessionOf } from '../session.js'
import { nameOf } from '../words.js'

export const explain: Command = {
  help: 'what an address needs, and which of your tokens pass it',
  needs: ['URL'],
  options: {},
  run,
}

async function run(asked: Call): Promise<void> {
  const session = sessionOf(asked.site)
  const answer = await call(session, { method: 'POST', path: '/explain', body: { url: asked.words[0] } })
  const locations = partOf(answer, 'locations', isList).filter(isObject)
  const words = locations.map(explained).join('\n\n') || 'No service is known at this address'
  show(asked, { locations }, words)
}

function explained(location: Json): string {
  const { prefix, needs, tokens, create, impossible, lacking } = location
  const lines = [isText(prefix) ? prefix : '', ...textsOf(needs).map((need) => `  ${need}`)]
  for (const each of objectsOf(tokens)) {
    lines.push(`${each.passes === true ? '+' : '-'} ${nameOf(each.token)}`)
    const failed = objectsOf(each.steps).filter(({ passes }) => passes !== true)
    lines.push(...failed.map(({ sentence }) => `    ${sentence}`))
  }
  if (isText(create)) lines.push(`Create a token for this: ${create}`)
  if (isText(impossible)) lines.push(impossible)
  const scopes = textsOf(lacking)
  if (scopes.length > 0) lines.push(`No group of yours gives ${scopes.join(' ')}; ask the administrators.`)
  return lines.join('\n')
}

function objectsOf(value: unknown): Json[] {
  return isList(value) ? value.filter(isObject) : []
}

import { homeOf } from '../token/token.js'
import type { Notice, NoticeFacts } from './notice.js'

const BY = { administrator: ' by an administrator', finder: ', because a finder reported that it leaked' }

/** Says what happened, in one sentence. */
export function noticeSentence({ kind, facts }: Pick<Notice, 'kind' | 'facts'>): string {
  const token = facts.name === undefined ? 'A token' : `The token ${facts.name}`
  const by = facts.by === undefined ? '' : BY[facts.by]
  switch (kind) {
    case 'tokenCreated':
      return `${token} was created${by}.`
    case 'tokenUsed':
      return `${token} was used ${placeWords(facts)}.`
    case 'tokenRevoked':
      return `${facts.type === 'session' ? 'A web session' : token} was revoked${by}.`
    case 'passkeyAdded':
      return `The passkey ${facts.name} was added to your account.`
    case 'signIn':
      return 'A new browser signed in to your account.'
  }
}

function placeWords({ news = [] }: NoticeFacts): string {
  const words = { network: 'from a new network', client: 'with a new program' }
  return news.map((aspect) => words[aspect]).join(' and ')
}

/**
 * Says where an act came from; undefined where that is not known.
 *
 * @param nameOf how a client is called, by its User-Agent
 */
export function noticeOrigin(
  { address, client, actorToken }: NoticeFacts,
  nameOf: (userAgent: string) => string,
): string | undefined {
  const parts = [
    address && `from ${address}`,
    client && `with ${nameOf(client)}`,
    actorToken && homeOf(actorToken) === 'postgres' && `by the token ${actorToken}`,
  ].filter((part) => typeof part === 'string' && part !== '')
  const text = parts.join(', ')
  return text === '' ? undefined : `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

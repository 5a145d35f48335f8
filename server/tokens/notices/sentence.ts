import type { Notice, NoticeFacts } from '../../core/notices/notice.js'
import { homeOf } from '../../core/token/token.js'
import type { Words } from '../../words/words.js'

/** Says what happened, in one sentence. */
export function noticeSentence({ kind, facts }: Pick<Notice, 'kind' | 'facts'>, words: Words): string {
  const { name = '', by = 'self', type = 'user', news = [], scopes = [] } = facts
  const { program = '', title = '', actor = '' } = facts
  const values = {
    until: facts.until === undefined ? '' : words.moment(facts.until, facts.until).exact,
    ...{ name, by, program, title, actor },
    what: type === 'session' ? 'session' : name === '' ? 'token' : 'named',
    news: news.length > 1 ? 'both' : (news[0] ?? 'none'),
    ...{ scopes: scopes.join(', '), count: scopes.length },
    titled: title === '' ? 'no' : 'yes',
  }
  return words.text(`notices.sentence.${kind}`, values)
}

/**
 * Lists where an act came from, as far as that is known: `From 192.0.2.7`, `With curl`.
 *
 * @param nameOf how a client is called, by its User-Agent
 */
export function noticeOrigin(
  { address, client, actorToken }: NoticeFacts,
  nameOf: (userAgent: string) => string,
  words: Words,
): readonly string[] {
  return [
    ...(address ? [words.text('notices.from', { address })] : []),
    ...(client ? [words.text('notices.with', { client: nameOf(client) })] : []),
    ...(actorToken && homeOf(actorToken) === 'postgres' ? [words.text('notices.byToken', { key: actorToken })] : []),
  ]
}

/** Says why an administrator did it, or where a finder found the token. */
export function reasonSentence({ by }: NoticeFacts, reason: string, words: Words): string {
  return words.text('notices.reason', { by: by ?? 'self', reason })
}

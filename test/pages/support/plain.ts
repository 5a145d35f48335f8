import type { Prose } from '../../../server/words/prose.js'
import { ENGLISH } from '../../../server/words/words.js'

/** The prose of a page as a screen reader reads it, with `code` and *strong* marked. */
export function plain(prose: Prose): string {
  return prose
    .map((part) => {
      if (typeof part === 'string') return part
      if ('code' in part) return `\`${part.code}\``
      if ('href' in part) return part.link
      return 'strong' in part ? `*${part.strong}*` : ENGLISH.moment(part.at, 0)[part.as]
    })
    .join('')
}

import type { Prose } from '../../../server/pages/shared/format/prose.js'
import { moment } from '../../../server/pages/shared/format/time.js'

/** The prose of a page as a screen reader reads it, with `code` and *strong* marked. */
export function plain(prose: Prose): string {
  return prose
    .map((part) => {
      if (typeof part === 'string') return part
      if ('code' in part) return `\`${part.code}\``
      return 'strong' in part ? `*${part.strong}*` : moment(part.at, 0)[part.as]
    })
    .join('')
}

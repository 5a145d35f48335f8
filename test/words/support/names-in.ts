import { IntlMessageFormat } from 'intl-messageformat'
import type { Language } from '../../../server/words/reader.js'

interface Element {
  readonly type: number
  readonly value?: unknown
  readonly options?: Readonly<Record<string, { readonly value: readonly Element[] }>>
  readonly children?: readonly Element[]
}

/** An element that is text, or `#` in a plural: what has no name of its own. */
const NAMELESS = new Set([0, 7])

/** Lists the placeholders and tags of a message, each once, in alphabetical order. */
export function namesIn(message: string, language: Language): readonly string[] {
  const elements: readonly Element[] = new IntlMessageFormat(message, language).getAst()
  return [...new Set(elements.flatMap(names))].sort()
}

function names({ type, value, options = {}, children = [] }: Element): string[] {
  const below = [...Object.values(options).flatMap((option) => option.value), ...children].flatMap(names)
  return NAMELESS.has(type) ? below : [String(value), ...below]
}

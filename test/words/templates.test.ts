import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from '@jest/globals'

const VIEWS = readdirSync('views', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ejs'))

/** Views whose texts are on their way. */
const UNFINISHED: readonly string[] = []

/** Names that are the same in every language. */
const NAMES = /\b(?:Postern|UTC|UID|TAP|API|CSV|JSON)\b/g

/** Attributes that users see or hear. */
const SPOKEN = /\b(?:aria-label|title|placeholder|alt|data-busy|aria-roledescription)="([^"]*)"/g

/** Returns the texts of a template that are not computed. */
function textsOf(template: string): string[] {
  const literal = template
    .replace(/<%[_=-]?[\s\S]*?[_-]?%>/g, '\u0000')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<(script|style|svg)\b[\s\S]*?<\/\1>/g, '')
  const spoken = [...literal.matchAll(SPOKEN)].map((found) => found[1] ?? '')
  const shown = literal.replace(/<(?:[^>"]|"[^"]*")*>/g, '\u0000').split('\u0000')
  return [...spoken, ...shown].map((text) => text.replace(NAMES, '').trim()).filter((text) => /\p{L}{2}/u.test(text))
}

it.each(VIEWS)('%s leaves each text to the words', (view) => {
  const template = readFileSync(path.join('views', view), 'utf8')
  const isMoved = /page\.(?:t|rich)\(/.test(template) && !UNFINISHED.includes(view)
  expect(isMoved ? textsOf(template) : []).toEqual([])
})

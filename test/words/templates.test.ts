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

/** Texts of a script: in quotes, without its comments. */
const SCRIPT_TEXT = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
/** Two words in a row, the first with a capital, are a sentence; so is whatever ends like one. */
const SENTENCE = /(?<![\w-])\p{Lu}\p{Ll}+ \p{L}+|\p{L}{2}[.!?…]$|\p{L}{2} \p{L}+ \p{L}{2}/u

/** For the console, and for the server. */
const UNSEEN = /new Error\((?:`[^`]*`|'[^']*')\)|`Bearer \$/g

/** Returns the quoted texts of a source that read as a sentence. */
function sentencesOf(source: string): string[] {
  const code = source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
    .replace(UNSEEN, '')
  const texts = [...code.matchAll(SCRIPT_TEXT)].map(([text]) => text.slice(1, -1).replace(/\$\{[^}]*\}/g, 'x'))
  return texts.filter((text) => SENTENCE.test(text))
}

/** Sources whose texts are shown in the user's language, so that they have none of their own. */
const WORDLESS = ['views/static', 'server/core/explain', 'server/core/notices', 'server/explain'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:js|ts)$/.test(name))
    .map((name) => path.join(folder, name)),
)

it.each(WORDLESS)('%s leaves each text to the words', (file) => {
  expect(sentencesOf(readFileSync(file, 'utf8'))).toEqual([])
})

it.each(["say('This browser has no passkeys.')", "const a = 'It lacks the scope ' + scope", "x = 'Testing…'"])(
  'a sentence is found in %s',
  (source) => {
    expect(sentencesOf(source)).not.toEqual([])
  },
)

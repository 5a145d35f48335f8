import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ejs, { type TemplateFunction } from 'ejs'

// The same folder from server/pages and from dist/pages.
const FOLDER = fileURLToPath(new URL('../../../views/', import.meta.url))

/** Compiled at their first use. */
const compiled = new Map<string, TemplateFunction>()

/** Makes a document of a view, named by its path below `views/`, and of its data. */
export type FillIn = (view: string, data: object) => string

/**
 * Returns the function that fills in views: each reads `page.`, which has its data and the helpers. `page.include(view, data)`
 * is the text of another view, which reads the data of the one around it, too.
 *
 * EJS's own `include` looks for the file on the disk at each call and copies data and helpers twice, which was two thirds
 * of the time of a page of a hundred rows.
 */
export function withHelpers(helpers: object): FillIn {
  // Without the prototype of all objects: data that is absent is undefined, and no property that a library added there.
  const shared = { __proto__: null, ...helpers, include }
  return (view, data) => viewOf(view)({ __proto__: shared, ...data })
}

/** Views that read only the data that they are given: to copy the page’s for each of them took a fifth of a long list. */
export const ALONE: ReadonlySet<string> = new Set([
  ...['shared/icon', 'shared/prose', 'shared/time', 'shared/use-bars'],
  ...['tokens/row', 'tokens/list/end', 'tokens/list/scopes', 'tokens/only'],
])

function include(this: object, view: string, data?: object): string {
  if (data && ALONE.has(view)) return viewOf(view)({ __proto__: Object.getPrototypeOf(this), ...data })
  return viewOf(view)(data ? { __proto__: Object.getPrototypeOf(this), ...this, ...data } : this)
}

/** `strict` does without `with`. The locals have a prototype that we made, with the helpers. */
function viewOf(name: string): TemplateFunction {
  const ready = compiled.get(name)
  if (ready) return ready
  const filename = `${FOLDER}${name}.ejs`
  const options = {
    ...{ filename, strict: true, localsName: 'page', rmWhitespace: true, unsafePrototypeLocals: true },
    // Otherwise each line of a view notes its number as it runs, which a page of a hundred rows feels.
    compileDebug: false,
    escape: escaped,
  }
  const made = ejs.compile(readFileSync(filename, 'utf8'), options)
  compiled.set(name, made)
  return made
}

const MARKUP = /[&<>'"]/
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

/** Escapes as EJS does. Most texts have nothing to escape, and pass as they are. */
function escaped(value?: unknown): string {
  if (value === undefined || value === null) return ''
  const text = String(value)
  return MARKUP.test(text) ? text.replace(/[&<>'"]/g, (mark) => ENTITIES[mark] ?? mark) : text
}

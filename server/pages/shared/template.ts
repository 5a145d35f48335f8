import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ejs, { type TemplateFunction } from 'ejs'

// The same folder from server/pages and from dist/pages.
const FOLDER = fileURLToPath(new URL('../../../views/', import.meta.url))

/** Compiled at their first use. */
const compiled = new Map<string, TemplateFunction>()

/** Views that read only the data that they are given: to copy the page’s for each of them took a fifth of a long list. */
export const ALONE: ReadonlySet<string> = new Set([
  ...['shared/icon', 'shared/prose', 'shared/time', 'shared/use-bars'],
  ...['tokens/row', 'tokens/list/end', 'tokens/list/scopes', 'tokens/only'],
])

/**
 * Holds what a view reads as `page.`: the helpers, which a subclass has as methods, and the data of the view as own properties.
 *
 * Helpers that were made for each request, as the prototype of the data, gave each request hidden classes of its own: V8
 * found no property by its inline caches and compiled the views again and again, which was half of the time of a list.
 */
export abstract class Locals {
  /** Makes one of the same page without data. */
  protected abstract bare(): Locals

  /**
   * Returns the text of another view, which reads the data of the one around it, too.
   *
   * EJS's own `include` looks for the file on the disk at each call and copies data and helpers twice, which was two thirds
   * of the time of a page of a hundred rows.
   */
  include(view: string, data?: object): string {
    const fill = viewOf(view)
    if (!data) return fill(this)
    const inner = this.bare()
    if (!ALONE.has(view)) Object.assign(inner, this)
    return fill(Object.assign(inner, data))
  }
}

// Data that is absent is undefined, and no property that a library added to all objects.
Object.setPrototypeOf(Locals.prototype, null)

/** `strict` does without `with`. The locals have a prototype of ours, with the helpers. */
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

/**
 * What is written as a character reference: markup; and punctuation, signs and Latin letters that Latin-1 does not have. V8 holds
 * a document with one of these in two bytes a character, and takes half as long again to put it together and to encode it.
 */
const REFERENCED = /[&<>'"\u0100-\u024f\u2000-\u22ff]/
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Escapes as EJS does. Most texts have nothing to escape, and pass as they are. */
function escaped(value?: unknown): string {
  if (value === undefined || value === null) return ''
  const text = String(value)
  return REFERENCED.test(text) ? (known.get(text) ?? withReferences(text)) : text
}

/** Texts that were escaped: a list has the same few in each row. */
const known = new Map<string, string>()
const MAX_KNOWN = 1_000
const MAX_LENGTH = 200

function withReferences(text: string): string {
  // Character by character: what `replace` makes of a text of two bytes a character has as many, also where none needs them.
  const made = text.split('').map(reference).join('')
  if (known.size >= MAX_KNOWN) known.clear()
  if (text.length <= MAX_LENGTH) known.set(text, made)
  return made
}

function reference(character: string): string {
  if (!REFERENCED.test(character)) return character
  return NAMED[character] ?? `&#${character.charCodeAt(0)};`
}

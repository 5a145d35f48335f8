import type { IntlMessageFormat } from 'intl-messageformat'
import type { Fragment, Prose } from './prose.js'

/** Placeholders, and what they stand for. A link's target is for the tag of its name. */
export type Given = Readonly<Record<string, string | number | Fragment | Prose | { readonly href: string }>>

/** The parts of a message. An item that is prose stays as it is. */
export type Parts = (string | Fragment | Prose)[]

/** What messages of one language are filled in by. */
export interface Rules {
  readonly number: Intl.NumberFormat
  readonly percent: Intl.NumberFormat
  readonly plural: Intl.PluralRules
  /** Makes the part that a tag stands for of the parts in it. */
  readonly tag: (name: string, value: Given[string] | undefined, within: Parts) => Fragment
}

/** Adds parts. `#` is the count of the plural around them. */
type Step = (parts: Parts, given: Given, count?: number) => void
type Element = ReturnType<IntlMessageFormat['getAst']>[number]

/**
 * Compiles what the library parsed to a function that returns the parts of the message. The library's own way makes a dozen
 * objects for each element at each call, and a page of a hundred rows has a thousand messages.
 *
 * @throws Error for an element that no message has: dates and ordinals. test/words finds it
 */
export function compiled(elements: readonly Element[], rules: Rules): (given: Given) => Parts {
  const all = sequence(elements, rules)
  return (given) => {
    const parts: Parts = []
    all(parts, given)
    return parts
  }
}

function sequence(elements: readonly Element[], rules: Rules): Step {
  const steps = elements.map((element) => stepOf(element, rules))
  const [first] = steps
  if (first && steps.length === 1) return first
  return (parts, given, count) => {
    for (const step of steps) step(parts, given, count)
  }
}

/** The numbers of ICU's elements, as the library's parser has them. */
const [LITERAL, ARGUMENT, NUMBER, POUND] = [0, 1, 2, 7]

function stepOf(element: Element, rules: Rules): Step {
  if ('children' in element) return tagStep(element, rules)
  if ('pluralType' in element) return pluralStep(element, rules)
  if ('options' in element) return selectStep(element, rules)
  const type: number = element.type
  const name = 'value' in element ? element.value : ''
  if (type === LITERAL) return (parts) => addText(parts, name)
  if (type === ARGUMENT) return (parts, given) => addValue(parts, valueFor(given, name))
  if (type === POUND) {
    return (parts, _given, count) => count !== undefined && addText(parts, rules.number.format(count))
  }
  const style = 'style' in element ? (element.style ?? 'number') : 'number'
  if (type !== NUMBER || (style !== 'number' && style !== 'percent'))
    throw new Error(`A message has a {${name}} of a kind that none has`)
  return (parts, given) => addText(parts, rules[style].format(Number(valueFor(given, name))))
}

function tagStep({ value: name, children }: Extract<Element, { children: unknown }>, rules: Rules): Step {
  const inside = sequence(children, rules)
  return (parts, given, count) => {
    const within: Parts = []
    inside(within, given, count)
    parts.push(rules.tag(name, given[name], within))
  }
}

type Options = Readonly<Record<string, { readonly value: readonly Element[] }>>

function selectStep(
  { value: name, options }: { readonly value: string; readonly options: Options },
  rules: Rules,
): Step {
  const choices = choicesOf(options, rules)
  return (parts, given) => chosen(choices, String(valueFor(given, name)))(parts, given)
}

function pluralStep(element: Extract<Element, { pluralType: unknown }>, rules: Rules): Step {
  const { value: name, offset, pluralType } = element
  if (pluralType !== 'cardinal') throw new Error(`A message has ordinals of {${name}}, which none has`)
  const choices = choicesOf(element.options, rules)
  return (parts, given) => {
    const value = valueFor(given, name)
    const count = Number(value) - (offset || 0)
    const step = choices.get(`=${value}`) ?? chosen(choices, rules.plural.select(count))
    step(parts, given, count)
  }
}

function choicesOf(options: Options, rules: Rules): ReadonlyMap<string, Step> {
  return new Map(Object.entries(options).map(([choice, { value }]) => [choice, sequence(value, rules)]))
}

function chosen(choices: ReadonlyMap<string, Step>, choice: string): Step {
  const step = choices.get(choice) ?? choices.get('other')
  if (!step) throw new RangeError(`A message has no choice for ${choice}`)
  return step
}

function valueFor(given: Given, name: string): Given[string] {
  const value = given[name]
  if (value === undefined && !(name in given)) throw new RangeError(`A message lacks a value for {${name}}`)
  return value ?? ''
}

function addValue(parts: Parts, value: Given[string]): void {
  if (typeof value === 'string') addText(parts, value)
  else if (typeof value === 'number') addText(parts, String(value))
  else if (!isTarget(value)) parts.push(value)
}

/** Joins neighbouring texts, as the library does. */
function addText(parts: Parts, text: string): void {
  const last = parts.at(-1)
  if (typeof last === 'string') parts[parts.length - 1] = last + text
  else parts.push(text)
}

/** Returns whether a value is where a tag leads to. */
export function isTarget(value: Given[string]): value is { readonly href: string } {
  return typeof value === 'object' && 'href' in value && !('link' in value)
}

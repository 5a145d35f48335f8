import { isNumber, isObject, isText, type Json } from './answer.js'
import { EXIT, Failure } from './failure.js'

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Returns the name of a token; of the session that a browser would begin where there is none. */
export function nameOf(token: unknown): string {
  if (!isObject(token)) return 'a new session'
  const { token_name: name, token_type: type, service } = token
  if (isText(name) && name !== '') return name
  if (type === 'session') return 'web session'
  if (type === 'notebook') return 'notebook token'
  if (type === 'internal') return `token for ${isText(service) ? service : 'a service'}`
  return String(type)
}

/** Returns when a token ends, in the time of this machine. */
export function endOf({ expires }: Json): string {
  if (!isNumber(expires)) return 'never expires'
  const at = new Date(expires * 1000)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `until ${day} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Returns the seconds of a duration such as `12h`. */
export function secondsOf(text: string): number {
  const [, count, unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? []
  const seconds = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (Number.isNaN(seconds)) throw new Failure(EXIT.usage, `${text} is no duration, such as 12h or 30d`)
  return seconds
}

/** Returns an instant for the API: a duration from now, or a date and time as the site reads it. */
export function instantOf(text: string): number | string {
  return /^\d+[a-z]$/.test(text) ? Math.floor(Date.now() / 1000) + secondsOf(text) : text
}

/** Quotes a text for a shell, where it needs it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}

import { browserOf, isBrowser, plainProduct } from '../core/user-agent.js'
import type { Words } from './words.js'

/** Names a browser by its User-Agent, so that users can tell their sessions apart: `Firefox on Linux`. */
export function browserName(userAgent: string | undefined, words: Words): string {
  const { browser = '', system = '' } = browserOf(userAgent)
  const known = browser === '' ? (system === '' ? 'none' : 'system') : system === '' ? 'browser' : 'both'
  return words.text('browsers.name', { known, browser, system })
}

/** Names a client by its User-Agent: a browser, or a program as it calls itself. */
export function clientName(userAgent: string, words: Words): string {
  return isBrowser(userAgent) ? browserName(userAgent, words) : userAgent
}

/** Names a client in a mail: a browser, or the first product of a program. */
export function clientInMail(userAgent: string, words: Words): string {
  if (isBrowser(userAgent)) return browserName(userAgent, words)
  return plainProduct(userAgent) ?? words.text('browsers.anotherProgram')
}

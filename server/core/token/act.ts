import type { RandomBytes } from './token.js'

declare const brand: unique symbol

/** Names one act on many tokens: 22 base64url characters. It is no secret, and stands in addresses. */
export type ActId = string & { readonly [brand]: 'ActId' }

/** The form of an identifier. */
export const ACT_ID = /^[A-Za-z0-9_-]{22}$/

export function mintActId(random: RandomBytes): ActId {
  return random(16).toString('base64url') as ActId
}

export function isActId(text: string): text is ActId {
  return ACT_ID.test(text)
}

import type { EpochSeconds } from '../core/time.js'

/** Running text with scopes, keys, commands and instants in it, for a view to mark up and escape. */
export type Prose = readonly Fragment[]

export type Fragment =
  | string
  | { readonly strong: string }
  | { readonly code: string }
  | { readonly link: string; readonly href: string }
  | { readonly at: EpochSeconds; readonly as: 'date' | 'exact' }

import type { State } from './states.js'

/** One way to look at a page. */
export interface Look {
  readonly name: string
  readonly state: State
  readonly width: number
  readonly dark?: true
  /** The text at twice its size. */
  readonly large?: true
  readonly media?: 'print'
  /** The colours of the system in place of the page's. */
  readonly forced?: true
}

const WIDE = 1200
const NARROW = 360

/** Every view is looked at in each of them; a state that a view does not have is left out. */
// biome-ignore format: a table reads in columns
export const LOOKS: readonly Look[] = [
  { name: 'wide light',      state: 'sample', width: WIDE },
  { name: 'wide dark',       state: 'sample', width: WIDE,   dark: true },
  { name: 'narrow light',    state: 'sample', width: NARROW },
  { name: 'narrow dark',     state: 'sample', width: NARROW, dark: true },
  { name: '200 %',           state: 'sample', width: WIDE,   large: true },
  { name: 'very wide',       state: 'sample', width: 2560 },
  { name: 'printed',         state: 'sample', width: 720,    media: 'print' },
  { name: 'forced colours',  state: 'sample', width: WIDE,   dark: true, forced: true },
  { name: 'right',           state: 'right',  width: WIDE },
  { name: 'right, narrow',   state: 'right',  width: NARROW },
  { name: 'empty',           state: 'empty',  width: WIDE },
  { name: 'empty, narrow',   state: 'empty',  width: NARROW },
  { name: 'many',            state: 'many',   width: WIDE },
  { name: 'many, narrow',    state: 'many',   width: NARROW },
  { name: 'long',            state: 'long',   width: WIDE },
  { name: 'long, narrow',    state: 'long',   width: NARROW,  dark: true },
]

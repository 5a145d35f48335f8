import type { ChangeCursor } from './change-search.js'

/** A cursor as addresses have it. Beyond these digits no instant and no entry has a number. */
export const CURSOR = /^(p?)([0-9]{1,11})_([0-9]{1,18})$/

/** The place that a text of the form {@link CURSOR} names; nothing for any other text. */
export function readCursor(text: string): ChangeCursor | undefined {
  const [, backwards, at, id] = CURSOR.exec(text) ?? []
  return id === undefined ? undefined : { at: Number(at), id, backwards: backwards === 'p' }
}

export function formatCursor({ backwards, at, id }: ChangeCursor): string {
  return `${backwards ? 'p' : ''}${at}_${id}`
}

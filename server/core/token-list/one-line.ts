/** Characters that a column has room for. */
const ROOM = 30

/** Characters that the frame of a text takes. */
const FRAME = 2

/** The texts of a row that fit on one line, and those that `+2` stands for. */
export interface OneLine {
  readonly shown: readonly string[]
  readonly rest: readonly string[]
}

/** Divides texts into those that fit on one line and the rest; the first is always shown. */
export function oneLine(texts: readonly string[], room = ROOM): OneLine {
  let left = room
  const cut = texts.findIndex((text, index) => {
    left -= text.length + FRAME
    return index > 0 && left < 0
  })
  return cut === -1 ? { shown: texts, rest: [] } : { shown: texts.slice(0, cut), rest: texts.slice(cut) }
}

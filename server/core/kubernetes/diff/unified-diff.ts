/** A line, and whether it is in both texts, in the first alone, or in the second. */
type Line = readonly [mark: ' ' | '-' | '+', text: string]

const CONTEXT = 3

/**
 * The difference of two texts in the unified form of `diff -u`, without its two first lines.
 *
 * @returns nothing where they are the same
 */
export function unifiedDiff(before: string, after: string): string[] {
  const lines = align(linesOf(before), linesOf(after))
  const changed = lines.flatMap(([mark], index) => (mark === ' ' ? [] : [index]))
  const hunks: [start: number, end: number][] = []
  for (const index of changed) {
    const [start, end] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1)]
    const last = hunks.at(-1)
    if (last && start <= last[1]) last[1] = end
    else hunks.push([start, end])
  }
  return hunks.flatMap(([start, end]) => [
    headOf(lines, start, end),
    ...lines.slice(start, end).map(([mark, text]) => mark + text),
  ])
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function headOf(lines: readonly Line[], start: number, end: number): string {
  const range = (mark: '-' | '+') => {
    const own = (part: readonly Line[]) => part.filter(([each]) => each === ' ' || each === mark).length
    const count = own(lines.slice(start, end))
    const first = own(lines.slice(0, start)) + (count === 0 ? 0 : 1)
    return `${mark}${first}${count === 1 ? '' : `,${count}`}`
  }
  return `@@ ${range('-')} ${range('+')} @@`
}

/** By the longest common subsequence of lines. */
function align(before: readonly string[], after: readonly string[]): Line[] {
  const lengths = table(before, after)
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [old, next] = [before[i], after[j]]
    if (old !== undefined && old === next) {
      lines.push([' ', old])
      i++
      j++
    } else if (next === undefined || (old !== undefined && at(lengths, i + 1, j) >= at(lengths, i, j + 1))) {
      lines.push(['-', old ?? ''])
      i++
    } else {
      lines.push(['+', next])
      j++
    }
  }
  return lines
}

/** How many lines the rests of two texts have in common, from each line on. */
function table(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const longer = Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1))
      const row = lengths[i]
      if (row) row[j] = before[i] === after[j] ? at(lengths, i + 1, j + 1) + 1 : longer
    }
  return lengths
}

const at = (lengths: readonly (readonly number[])[], i: number, j: number) => lengths[i]?.[j] ?? 0

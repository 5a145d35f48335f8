const WIDTH = 30

/** Draws how much is done: `[######      ] 20% (20,000 of 100,000)`. */
export function progressBar(done: number, of: number): string {
  const share = of === 0 ? 1 : done / of
  const full = Math.round(share * WIDTH)
  const counts = `${done.toLocaleString('en-US')} of ${of.toLocaleString('en-US')}`
  return `[${'#'.repeat(full).padEnd(WIDTH)}] ${Math.floor(share * 100)}% (${counts})`
}

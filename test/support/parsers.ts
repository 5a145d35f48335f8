import { describe } from '@jest/globals'
import type { Settings } from '../../server/settings/schema.js'

export type CheckParser = Settings['checkParser']

/** Both parsers of checks: Postern's own at its door, and Node's. */
export const PARSERS: readonly CheckParser[] = ['own', 'node']

/** Holds a suite to a server with each parser of checks; for what `kept` asks, the door reads the first. */
export function byEachParser(suite: (checkParser: CheckParser) => void): void {
  describe.each(PARSERS)('checks that are read by the parser %s', suite)
}

import { expect } from '@jest/globals'

/**
 * Matches a number of seconds left, but for those that pass while a test runs: the clock of a test goes on with the system's,
 * and what is said to last an hour lasts 3,599 seconds when a second turns between two readings.
 */
export const about = (seconds: number) => expect.closeTo(seconds, -2)

import type { EpochSeconds } from '../core/time.js'

export const toDate = (at: EpochSeconds): Date => new Date(at * 1000)
export const fromDate = (date: Date): EpochSeconds => Math.floor(date.getTime() / 1000)

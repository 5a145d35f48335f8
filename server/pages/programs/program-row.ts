import { isPublic, type Program, type ProgramStanding } from '../../core/programs/program.js'
import { DAY, type EpochSeconds } from '../../core/time.js'
import type { StoredProgram } from '../../storage/postgres/programs/programs.js'
import type { ListedProgram, Period } from './view-models.js'

/** A program as a list shows it. */
export function listedProgram(program: StoredProgram, standing: ProgramStanding, now: EpochSeconds): ListedProgram {
  return {
    id: program.id,
    title: program.title,
    period: periodOf(program, now),
    investigators: program.investigators.length,
    grantees: program.granted.length,
    standing,
  }
}

/** A period that is over, or to come, is dated; one that the archive cut short by a word has no date to show. */
export function periodOf(program: Program & Partial<Pick<StoredProgram, 'loaded'>>, now: EpochSeconds): Period {
  const { periodEnd: end } = program
  if (!isPublic(program, now)) {
    const running = end !== undefined && { end, left: Math.ceil((end - now) / DAY), ...elapsed(program, end, now) }
    return { state: 'exclusive', ...running }
  }
  return { state: 'public', ...(end !== undefined && end <= now && { end }) }
}

/** How much of a period is over, counted from the day on which the site first knew the program: archives name no start. */
function elapsed({ loaded }: Partial<Pick<StoredProgram, 'loaded'>>, end: EpochSeconds, now: EpochSeconds) {
  if (loaded === undefined || loaded >= end) return {}
  return { elapsed: Math.min(1, Math.max(0, (now - loaded) / (end - loaded))) }
}

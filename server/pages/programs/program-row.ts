import { isPublic, type Program, type ProgramStanding } from '../../core/programs/program.js'
import type { EpochSeconds } from '../../core/time.js'
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
export function periodOf(program: Program, now: EpochSeconds): Period {
  const { periodEnd: end } = program
  if (!isPublic(program, now)) return { state: 'exclusive', ...(end !== undefined && { end }) }
  return { state: 'public', ...(end !== undefined && end <= now && { end }) }
}

import type { ProgramChange } from '../../core/programs/history.js'
import type { Investigator, ProgramStanding } from '../../core/programs/program.js'
import type { ProgramRead } from '../../core/programs/reads.js'
import type { SummedReads, UserReads } from '../../core/programs/reads-by-person.js'
import type { EpochSeconds } from '../../core/time.js'
import type { StatedGrant } from '../../programs/manage.js'
import type { FieldError, Page } from '../shared/view-models.js'

/* What the views of programs are given; see `models.ts` for what holds for all views. */

/** Whether the data of a program are public, and until when they are not, as far as is known. */
export interface Period {
  readonly state: 'public' | 'exclusive'
  /** When the period ends, or ended. */
  readonly end?: EpochSeconds
  /** Days until then. */
  readonly left?: number
  /** The part of it that is over, from 0 to 1. */
  readonly elapsed?: number
}

/** A program in a list. */
export interface ListedProgram {
  readonly id: string
  readonly title: string
  readonly period: Period
  readonly investigators: number
  /** How many addresses the investigators let in. */
  readonly grantees: number
  /** The user's role in the program. */
  readonly standing: ProgramStanding
  /** The user's own requests for its files, before it is public. */
  readonly requests?: SummedReads
}

export interface ProgramList extends Page {
  /** Those that the reader is an investigator of: first those that are not public yet. */
  readonly own: readonly ListedProgram[]
  /** Those that the reader was let into, and that are not public yet. */
  readonly others: readonly ListedProgram[]
  /** How many are listed at most, when there are more. */
  readonly limit?: number
}

/** An investigator, with the full name of those who have one here. */
export interface NamedInvestigator extends Investigator, FullName {
  readonly reads?: SummedReads
}

/** An address with access, with the requests of its owner. */
export interface ListedGrant extends StatedGrant, FullName {
  readonly reads?: SummedReads
}

/** The question before a colleague loses access. */
export interface ProgramRemove extends Page {
  readonly id: string
  readonly email: string
}

/** A program as the list of a colleague has it. */
export interface AsColleague extends Page {
  readonly id: string
  readonly program: ListedProgram
}

interface FullName {
  readonly fullName?: string
}

/** Admitted requests for the files of a program. */
export interface ListedReads {
  /** Users who have no access now. */
  readonly others: readonly (UserReads & FullName)[]
  /** The latest first. */
  readonly rows: readonly (ProgramRead & FullName)[]
  /** How many rows are shown, when there are more. */
  readonly limit?: number
  /** How long they are kept. */
  readonly days: number
}

export interface ProgramPage extends Page {
  readonly id: string
  readonly title: string
  readonly period: Period
  /** Principal investigators first. */
  readonly investigators: readonly NamedInvestigator[]
  readonly grants: readonly ListedGrant[]
  readonly history: readonly ProgramChange[]
  /** Absent for readers who do not see who asked for which file. */
  readonly reads?: ListedReads
  readonly mayManage: boolean
  /** Where the reader came from: their own programs, or an administrator's search. */
  readonly back: { readonly text: string; readonly href: string }
  /** The field as typed before a mistake. */
  readonly email: string
  readonly error?: FieldError
  /** The result of the form just sent. */
  readonly notice?: string
  /** The address that just lost access, to give it back. */
  readonly undo?: string
}

export interface ProgramSearch extends Page {
  /** As typed; empty before anything was. */
  readonly query: string
  readonly programs: readonly ListedProgram[]
  /** Whether there are more than are listed. */
  readonly more: boolean
}

/** Every view of programs by the name of its file. */
export interface ProgramViews {
  'programs/remove': ProgramRemove
  'programs/as-colleague': AsColleague
  'programs/programs': ProgramList
  'programs/program': ProgramPage
  'admin/program-search': ProgramSearch
}

import type { EpochSeconds } from '../time.js'
import type { Investigator, Program } from './program.js'

export type ProgramAction = 'create' | 'edit' | 'delete' | 'grant' | 'remove'

/** A program as the archive describes it. */
export interface ProgramInput extends Program {
  readonly investigators: readonly Investigator[]
}

/** The fields of a program that can change; a period without an end is null. */
export interface ProgramFacts {
  readonly title?: string
  readonly periodEnd?: EpochSeconds | null
  readonly public?: boolean
  readonly investigators?: readonly Investigator[]
}

/** One entry of the history of a program and of who may read its data. */
export interface ProgramChange {
  readonly program: string
  readonly action: ProgramAction
  readonly actor: string
  readonly address?: string
  readonly at: EpochSeconds
  /** The address that a grant or a removal is about. */
  readonly email?: string
  /** New values of the changed fields. */
  readonly now?: ProgramFacts
  /** Previous values of the changed fields. */
  readonly old?: ProgramFacts
}

/** Returns all fields of a program in the form that the history stores. */
export function factsOf({ title, periodEnd, public: isPublic, investigators }: ProgramInput): Required<ProgramFacts> {
  return { title, periodEnd: periodEnd ?? null, public: isPublic, investigators: inOrder(investigators) }
}

/** Returns the fields that differ, before and after; undefined when none does: loading twice leaves no entry. */
export function differenceOf(
  before: ProgramInput,
  after: ProgramInput,
): { readonly old: ProgramFacts; readonly now: ProgramFacts } | undefined {
  const [was, is] = [factsOf(before), factsOf(after)]
  const names = (Object.keys(is) as (keyof ProgramFacts)[]).filter(
    (name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]),
  )
  const only = (facts: ProgramFacts): ProgramFacts => Object.fromEntries(names.map((name) => [name, facts[name]]))
  return names.length === 0 ? undefined : { old: only(was), now: only(is) }
}

/** Sorts investigators: the same ones in another order are no change. */
function inOrder(investigators: readonly Investigator[]): Investigator[] {
  return investigators
    .map(({ kind, name, role }) => ({ kind, name, role }))
    .sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1))
}

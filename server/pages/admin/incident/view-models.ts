import type { ActMistake } from '../../../core/incident/previewed.js'
import type { FilterValues, TextField } from '../../../core/incident/read-filter.js'
import type { UseBars } from '../../../core/pictures/use-bars.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { ActId } from '../../../core/token/act.js'
import type { TokenType } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { IncidentKind } from '../../../storage/postgres/incident/acts.js'
import type { Page } from '../../shared/view-models.js'

/* The models of the pages that end the tokens of an incident; `../../shared/view-models.ts` has the conventions. */

/** A token or a session that an act would end. */
export interface PreviewedToken {
  readonly key: TokenKey
  readonly username: string
  readonly type: TokenType
  /** Its name, or what stands for one. */
  readonly what: string
  readonly bars: UseBars
  readonly lastUsed?: { readonly at: EpochSeconds; readonly address?: string; readonly client?: string }
  /** Requests an hour, where they are so many that a service stops with it. */
  readonly pace?: number
}

/** How many of what would end. */
export interface IncidentCounts {
  readonly session: number
  readonly user: number
  readonly service: number
  /** With those that fall with the others. */
  readonly delegated: number
  readonly people: number
}

export interface IncidentPreview {
  readonly counts: IncidentCounts
  /** How many are ended themselves. */
  readonly total: number
  readonly shown: readonly PreviewedToken[]
  /** The address of the list of all, where not all are shown. */
  readonly all?: string
  readonly downloads: readonly { readonly format: string; readonly href: string }[]
  /** How many of all are so busy that a service stops with them. */
  readonly busy: number
  /** Whether the administrator's own session fits, and is left out. */
  readonly withoutOwn: boolean
  /** The filter, as an act on what is shown sends it. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly fingerprint: string
  /** Whether their number is to be typed. */
  readonly isTyped: boolean
}

/** The fields of an act, as sent. */
export interface ActValues {
  readonly reason: string
  readonly number: string
  readonly signOut: boolean
  readonly disable: boolean
}

/** What an administrator confirms on a page of its own: everything is in the fields of its form. */
export interface IncidentQuestion extends Page {
  readonly counts: IncidentCounts
  readonly total: number
  readonly reason: string
  /** Of how many users the account is disabled, too. */
  readonly disabled: number
  readonly signsOut: boolean
  /** Whether the administrator's own session ends. */
  readonly own: boolean
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly cancel: string
}

/** A user with tokens that an act ended. */
export interface ConcernedUser {
  readonly username: string
  /** How many of what: `3 user tokens`. */
  readonly ended: readonly string[]
  readonly email?: string
  /** Opens a letter with the reason. */
  readonly letter?: string
}

/** An act, how far it is, and what it has ended. */
export interface IncidentActPage extends Page {
  readonly id: ActId
  readonly kind: IncidentKind
  readonly at: EpochSeconds
  readonly actor: string
  readonly reason: string
  readonly steps: number
  readonly done: number
  readonly isFinished: boolean
  /** By the types of tokens. */
  readonly ended: readonly string[]
  readonly disabled: number
  readonly people: readonly ConcernedUser[]
  /** How many people there are, where not all are shown. */
  readonly morePeople?: number
  /** Tokens that fit the filter and were none of the act's. */
  readonly remaining?: number
  /** How many tokens are suspended by it now. */
  readonly suspended: number
  /** Absent: there is nothing to lift, or it is too late. */
  readonly undo?: { readonly until: EpochSeconds; readonly count: number }
  /** The page with the same filter. */
  readonly again: string
}

export interface IncidentError {
  readonly field: TextField | ActMistake
  readonly message: string
}

export interface IncidentPage extends Page {
  readonly values: FilterValues
  readonly errors: readonly IncidentError[]
  /** Absent: the filter selects nothing at all, or cannot be read. */
  readonly preview?: IncidentPreview
  readonly entered: ActValues
  /** How many there were when the administrator looked, if that has changed. */
  readonly before?: number
}

/** Every view of them by the name of its file. */
export interface IncidentViews {
  'incident/incident': IncidentPage
  'incident/question': IncidentQuestion
  'incident/act': IncidentActPage
}

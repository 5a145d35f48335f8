import type { EventSummary } from '../../../core/audit/read-event.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Page } from '../../shared/view-models.js'
import type { AuditError, AuditValues } from './filter.js'

/* The models of the audit trail's views; `../../shared/view-models.ts` has the conventions. */

export interface ListedEvent extends EventSummary {
  readonly id: string
  readonly at: EpochSeconds
  /** Where the object has a page. */
  readonly href?: string
}

export interface AuditTrailPage extends Page {
  /** As typed, or as a link has them. */
  readonly values: AuditValues
  readonly actions: readonly string[]
  readonly outcomes: readonly string[]
  /** The same search over the last days. */
  readonly periods: readonly { readonly days: number; readonly href: string }[]
  /** What is found, as files. */
  readonly downloads: readonly { readonly format: string; readonly href: string }[]
  readonly errors: readonly AuditError[]
  /** Newest first. */
  readonly events: readonly ListedEvent[]
  readonly newer?: string
  readonly older?: string
}

export interface AuditEventPage extends Page {
  readonly event: ListedEvent
  /** Every value of the event by the path of its field. */
  readonly fields: readonly (readonly [field: string, value: string])[]
  /** Its place in the chain; absent until it is chained. `fits`: whether its hash follows from the link before, where that is there. */
  readonly link?: { readonly position: number; readonly hash: string; readonly fits?: boolean }
  /** Other events of the same request and of the same act. */
  readonly sameRequest?: string
  readonly sameAct?: string
}

/** Every view of the audit trail by the name of its file. */
export interface AuditViews {
  'audit/trail': AuditTrailPage
  'audit/event': AuditEventPage
}

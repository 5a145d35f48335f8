import type { EpochSeconds } from '../../core/time.js'
import type { Page } from '../shared/view-models.js'
import type { TokenCreate } from '../tokens/form/view-models.js'

/* The models of the views of the device flow; `../shared/view-models.ts` has the conventions. */

/** Where a user types the code that a device shows. */
export interface DeviceCode extends Page {
  /** As it was typed, or as the link has it. */
  readonly code: string
  readonly errors: readonly { readonly field: 'user_code'; readonly message: string }[]
}

/** The device that asks, as far as it is known. */
export interface AskingDevice {
  /** `BCDF-GHJK` */
  readonly code: string
  readonly client: string
  readonly address?: string
  /** Whether that is another network than the user's. */
  readonly elsewhere: boolean
  /** As it names itself. */
  readonly program?: string
  readonly at: EpochSeconds
}

/** The form of a token for a device. */
export interface DeviceToken extends TokenCreate {
  readonly device: AskingDevice
}

/** What a client on a device learns, as a question to the user. */
export interface DeviceConsent extends Page {
  readonly device: AskingDevice
  /** What it learns, each as a phrase. */
  readonly learns: readonly string[]
}

export interface DeviceDone extends Page {
  readonly client: string
  /** Absent: the user denied it. `token` is the name of the token that the device gets. */
  readonly approved?: { readonly token?: string }
}

export interface DeviceViews {
  'device/code': DeviceCode
  'device/token': DeviceToken
  'device/consent': DeviceConsent
  'device/done': DeviceDone
}

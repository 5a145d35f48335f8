import type { IncomingMessage } from 'node:http'
import type { noteForAudit } from '../../authn/audit-refusals.js'
import type { ExchangeFault, ExchangeRequest } from '../../core/openid/exchange.js'
import type { Context } from '../../storage/context.js'
import type { CreatedToken } from '../../tokens/insert.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'

/** What an exchange needs of the process. */
export type ExchangeContext = Context & RecordsUsage

/** The request of an exchange. */
export interface Exchanging {
  readonly request: IncomingMessage & { readonly ip?: string | undefined }
  /** Notes what is known of the request, should it be refused. */
  readonly note: (facts: Parameters<typeof noteForAudit>[1]) => void
  /** The client that showed itself; absent where the token alone was shown. */
  readonly client?: string
}

/** Makes the token that is exchanged for a subject token of one type. */
export type Exchanger = (
  context: ExchangeContext,
  asked: ExchangeRequest,
  exchanging: Exchanging,
) => Promise<CreatedToken | ExchangeFault>

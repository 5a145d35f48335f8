import type { AdminViews } from '../admin/view-models.js'
import type { ProgramViews } from '../programs/view-models.js'
import type {
  Account,
  ApiDocs,
  Message,
  SessionsEndOthers,
  SignIn,
  SignOut,
  TokenCreated,
  TokenDetails,
  TokenEdit,
  TokenNew,
  TokenRevoke,
  Tokens,
} from './view-models.js'

/** Every view by the name of its file, with what it needs. */
export interface Views extends AdminViews, ProgramViews {
  'sign-in': SignIn
  'sign-out': SignOut
  tokens: Tokens
  'token-new': TokenNew
  'token-created': TokenCreated
  'token-edit': TokenEdit
  token: TokenDetails
  'token-revoke': TokenRevoke
  'sessions-end-others': SessionsEndOthers
  account: Account
  docs: ApiDocs
  message: Message
}

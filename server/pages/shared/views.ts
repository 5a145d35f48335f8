import type { AdminViews } from '../admin/view-models.js'
import type { ProgramViews } from '../programs/view-models.js'
import type {
  Account,
  ApiDocs,
  ErrorPage,
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
  'sign-in/sign-in': SignIn
  'sign-in/sign-out': SignOut
  'tokens/list': Tokens
  'tokens/create': TokenNew
  'tokens/created': TokenCreated
  'tokens/edit': TokenEdit
  'tokens/details': TokenDetails
  'tokens/revoke': TokenRevoke
  'account/end-other-sessions': SessionsEndOthers
  'account/account': Account
  'api-docs/api-docs': ApiDocs
  'shared/error-page': ErrorPage
}

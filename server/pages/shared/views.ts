import type { AdminViews } from '../admin/view-models.js'
import type { ProgramViews } from '../programs/view-models.js'
import type {
  Account,
  ApiDocs,
  ChangePassword,
  EndOtherSessions,
  ErrorPage,
  Leaked,
  SignIn,
  SignOut,
  TokenCreate,
  TokenCreated,
  TokenDetails,
  TokenEdit,
  TokenList,
  TokenRevoke,
} from './view-models.js'

/** Every view by the name of its file, with what it needs. */
export interface Views extends AdminViews, ProgramViews {
  'sign-in/sign-in': SignIn
  'sign-in/sign-out': SignOut
  'tokens/list': TokenList
  'tokens/create': TokenCreate
  'tokens/created': TokenCreated
  'tokens/edit': TokenEdit
  'tokens/details': TokenDetails
  'tokens/revoke': TokenRevoke
  'account/end-other-sessions': EndOtherSessions
  'account/account': Account
  'account/password': ChangePassword
  'api-docs/api-docs': ApiDocs
  'leaked/leaked': Leaked
  'shared/error-page': ErrorPage
}

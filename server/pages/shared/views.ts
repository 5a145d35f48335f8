import type { AccountViews } from '../account/view-models.js'
import type { PeopleViews } from '../admin/accounts/view-models.js'
import type { AuditViews } from '../admin/audit/view-models.js'
import type { IncidentViews } from '../admin/incident/view-models.js'
import type { OverviewViews } from '../admin/overview/view-models.js'
import type { SearchViews } from '../admin/search/view-models.js'
import type { AdminViews } from '../admin/view-models.js'
import type { ApiDocsViews } from '../api-docs/view-models.js'
import type { DeviceViews } from '../device/view-models.js'
import type { ExplainViews } from '../explain/view-models.js'
import type { OpenIdViews } from '../openid/view-models.js'
import type { ProgramViews } from '../programs/view-models.js'
import type { RecipeViews } from '../recipes/view-models.js'
import type { SignInAgainViews } from '../sign-in/view-models.js'
import type { TokenViews } from '../tokens/view-models.js'
import type { ErrorPage, Leaked, NewPassword, SecondFactor, SignIn, SignOut } from './view-models.js'

/** Every view by the name of its file, with what it needs. */
export interface Views
  extends AccountViews,
    AdminViews,
    ApiDocsViews,
    AuditViews,
    DeviceViews,
    ExplainViews,
    IncidentViews,
    OpenIdViews,
    OverviewViews,
    PeopleViews,
    ProgramViews,
    RecipeViews,
    SearchViews,
    SignInAgainViews,
    TokenViews {
  'sign-in/sign-in': SignIn
  'sign-in/sign-out': SignOut
  'sign-in/new-password': NewPassword
  'sign-in/passkey': SecondFactor
  'leaked/leaked': Leaked
  'shared/error-page': ErrorPage
}

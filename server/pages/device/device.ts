import { Router } from 'express'
import type { Provider } from 'oidc-provider'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { clientNetwork } from '../../core/access/ip-network.js'
import { Refusal } from '../../core/access/refusal.js'
import { missingRight } from '../../core/openid/client.js'
import { CLI_CLIENT, readUserCode, showUserCode } from '../../core/openid/device.js'
import { isForOpenId } from '../../openid/device/adapter.js'
import { approve, deny, findDevice } from '../../openid/device/answer.js'
import { CLI_METADATA } from '../../openid/device/feature.js'
import { CodeThrottle } from '../../openid/device/throttle.js'
import { ENDPOINTS } from '../../openid/endpoints.js'
import { authTime } from '../../openid/session.js'
import { findClient } from '../../storage/postgres/openid/clients.js'
import type { DeviceLogin } from '../../storage/postgres/openid/device-logins.js'
import { actOfRequest, validateTokenRequest } from '../../tokens/create-user-token.js'
import { fieldOf, formOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { learnsBy } from '../openid/learns.js'
import { neededFor } from '../openid/needed.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import type { FieldError } from '../shared/view-models.js'
import { askedAgain } from '../sign-in/ask-again.js'
import { fieldErrors } from '../tokens/form/mistakes.js'
import { offersOf, takenNames } from '../tokens/form/model.js'
import { prefill } from '../tokens/form/prefill.js'
import type { Suggestion, TokenFormValues } from '../tokens/form/view-models.js'
import { formValues, offeredFor, readTokenForm } from '../tokens/form.js'
import type { AskingDevice } from './view-models.js'

const PATH = ENDPOINTS.code_verification

interface FormState {
  readonly errors?: readonly FieldError[]
  readonly asksAnyway?: boolean
  readonly suggestion?: Suggestion
}

/** A request of a user about a device that waits. */
interface DeviceRequest extends SignedInRequest {
  readonly login: DeviceLogin
  readonly device: AskingDevice
}

/**
 * Signing programs in by a code (RFC 8628): the form for the code, the form of what the program gets, and the end.
 *
 * Attack: a mail has a link with the attacker's own code in it, and asks to confirm. The link fills the field in and no more; the
 * page then shows the code, from where it was asked for, and asks whether the user sees it on a device of their own.
 */
export function devicePages(pages: PageServices, provider: () => Promise<Provider>): Router {
  const { context, render } = pages
  const throttle = new CodeThrottle(context.redis)

  function askCode({ response, user }: SignedInRequest, code: string, message?: string): Promise<void> {
    const errors = message === undefined ? [] : [{ field: 'user_code' as const, message }]
    return render(response, 'device/code', { layout: layoutOf(context, user), code: code.slice(0, 40), errors })
  }

  /** Serves a form with a code of a device that waits; asks for the code again for every other one. */
  function requireDevice(handler: (request: DeviceRequest) => Promise<void>) {
    return requireForm(pages, async (signedIn) => {
      const { request, response, user } = signedIn
      const typed = fieldOf(request, 'user_code')
      const refuse = (refusal: Refusal) => {
        noteForAudit(response, { code: refusal.code })
        response.status(refusal.status)
        return askCode(signedIn, typed, refusalText(refusal, wordsOf(response)).message)
      }
      const wait = await throttle.count(user.session.username, request.ip)
      if (wait !== undefined) {
        response.set('Retry-After', String(wait))
        return refuse(
          new Refusal('rate_limited', `Too many codes were entered. Wait ${wait} seconds`).worded('codes', {
            seconds: wait,
          }),
        )
      }
      const code = readUserCode(typed)
      const login = code === undefined ? undefined : await findDevice(context, code)
      const client = login && (await clientOf(login))
      if (code === undefined || !login || !client) return refuse(new Refusal('device_unknown'))
      await throttle.giveBack(user.session.username, request.ip)
      const missing = missingRight(client, user.session)
      if (missing !== undefined) {
        const what = neededFor(client, missing, wordsOf(response))
        return showRefusal(pages, response, new Refusal('client_not_allowed'), { user, what })
      }
      const { address, program, created: at } = login
      const elsewhere = clientNetwork(address ?? '') !== clientNetwork(request.ip ?? '')
      const device = {
        code: showUserCode(code),
        client: client.description,
        ...(address !== undefined && { address }),
        elsewhere,
        ...(program !== '' && { program }),
        at,
      }
      await handler({ ...signedIn, login, device })
    })
  }

  async function clientOf({ clientId }: DeviceLogin) {
    if (clientId !== CLI_CLIENT) return findClient(context.postgres.prisma, clientId)
    return { id: CLI_CLIENT, description: String(CLI_METADATA.client_name), requiredGroups: [] }
  }

  async function askToken(
    { response, user, device }: DeviceRequest,
    values: TokenFormValues,
    { errors = [], asksAnyway = false, suggestion }: FormState,
  ): Promise<void> {
    await render(response, 'device/token', {
      layout: layoutOf(context, user),
      device,
      values,
      ...offersOf(context, 'user', user.session.scopes, wordsOf(response)),
      taken: await takenNames(context, user.session.username),
      asksAnyway,
      errors,
      ...(suggestion && { suggestion }),
    })
  }

  async function ask(asked: DeviceRequest): Promise<void> {
    const { response, user, login, device } = asked
    if (isForOpenId(login.scope)) {
      const learns = learnsBy(login.scope.split(' '), wordsOf(response))
      return render(response, 'device/consent', { layout: layoutOf(context, user), device, learns })
    }
    const wanted = { name: login.tokenName ?? '', scopes: login.scope }
    const { scopes, username } = user.session
    const holder = { scopes, taken: await takenNames(context, username) }
    const { values, suggestion } = prefill(wanted, holder, context.settings)
    const suggests = login.scope !== '' || login.tokenName !== undefined
    await askToken(asked, values, suggests && suggestion ? { suggestion: { ...suggestion, by: device.client } } : {})
  }

  async function answer(asked: DeviceRequest): Promise<void> {
    const { request, response, user, login, device } = asked
    if (fieldOf(request, 'answer') !== 'allow') {
      const late = await deny(context, login, user.actor)
      if (late) return showRefusal(pages, response, late, { user })
      return render(response, 'device/done', { layout: layoutOf(context, user), client: device.client })
    }
    await (isForOpenId(login.scope) ? allowClient(asked) : makeToken(asked))
  }

  async function makeToken(asked: DeviceRequest): Promise<void> {
    const { request, response, user, login } = asked
    const values = formValues(formOf(request), wordsOf(response).reader.timeZone)
    const now = context.clock()
    const { wish, mistakes } = readTokenForm(values, offeredFor(context.settings, 'user', now))
    const refusals = validateTokenRequest(context, user.session, wish)
    const errors = fieldErrors(mistakes, refusals, values, wordsOf(response))
    if (errors.length > 0) {
      response.status(422)
      return askToken(asked, values, { errors })
    }
    if (wish.scopes.length === 0 && fieldOf(request, 'anyway') !== 'yes') {
      response.status(422)
      return askToken(asked, values, { asksAnyway: true })
    }
    if (await askedAgain(pages, asked, actOfRequest(context, wish.scopes, wish.expires))) return
    const late = await approve(context, login, { is: 'token', ...wish }, user)
    await showDone(asked, late, { token: wish.name })
  }

  async function allowClient(asked: DeviceRequest): Promise<void> {
    const { user, login } = asked
    const { session } = user
    const { Grant } = await provider()
    const grant = new Grant({ accountId: session.username, clientId: login.clientId })
    grant.addOIDCScope(login.scope)
    const approval = { grantId: await grant.save(), scope: login.scope, authTime: authTime(session) }
    await showDone(asked, await approve(context, login, { is: 'grant', ...approval }, user), {})
  }

  async function showDone(
    { response, user, device }: DeviceRequest,
    late: Refusal | undefined,
    approved: { readonly token?: string },
  ): Promise<void> {
    if (late) return showRefusal(pages, response, late, { user })
    await render(response, 'device/done', { layout: layoutOf(context, user), client: device.client, approved })
  }

  const router = Router()
  if (!context.settings.deviceLogin.enabled) return router
  const filledIn = (signedIn: SignedInRequest) => {
    const { user_code: code } = signedIn.request.query
    return askCode(signedIn, typeof code === 'string' ? code : '')
  }
  router.get(PATH, requireSignIn(pages, filledIn)).post(PATH, requireDevice(ask))
  router.post(`${PATH}/answer`, requireDevice(answer))
  return router
}

import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import type { OpenIdClient } from '../../core/openid/client.js'
import { isRedirectUri, REDIRECT_RULE } from '../../core/openid/redirect.js'
import { siteAddress } from '../../core/site/base-path.js'
import { DAY } from '../../core/time.js'
import { isScope } from '../../core/token/scope.js'
import type { Secret } from '../../core/token/secret.js'
import { type ClientWish, changeClient, createClient, removeClient, rotateSecret } from '../../openid/clients.js'
import { findClient, listClients, validSecrets } from '../../storage/postgres/openid/clients.js'
import type { Words } from '../../words/words.js'
import { fieldOf, formOf, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import type { FieldError } from '../shared/view-models.js'
import { requireRecentForm } from '../sign-in/ask-again.js'
import type { ClientValues } from './view-models.js'

const HOME = '/auth/admin/oidc-clients'

/** Clients of the OpenID Connect server: the list, the form, and the one page that ever shows a secret. */
export function adminClientPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function showList({ response, user }: SignedInRequest): Promise<void> {
    const clients = await listClients(prisma)
    await render(response, 'clients/list', { layout: layoutOf(context, user), clients })
  }

  function showForm({ response, user }: SignedInRequest, values: ClientValues, errors: FieldError[] = []) {
    return render(response, 'clients/create', { layout: layoutOf(context, user), values, errors })
  }

  async function showClient(
    { request, response, user }: SignedInRequest,
    values?: ClientValues,
    errors: FieldError[] = [],
  ): Promise<void> {
    const client = await findClient(prisma, idIn(request))
    if (!client) return showRefusal(pages, response, new Refusal('client_unknown'), { user })
    const secrets = (await validSecrets(context.postgres, client.id, context.clock())).map(({ created, expires }) => ({
      created,
      ...(expires !== undefined && { expires }),
    }))
    const layout = layoutOf(context, user)
    await render(response, 'clients/client', { layout, client, secrets, values: values ?? valuesOf(client), errors })
  }

  async function create(signedIn: SignedInRequest): Promise<void> {
    const values = readValues(signedIn.request)
    const errors = mistakesIn(values, wordsOf(signedIn.response))
    if (errors.length > 0) return answerWrong(signedIn, () => showForm(signedIn, values, errors))
    const made = await createClient(context, { ...wishOf(values), isPublic: values.isPublic }, signedIn.user.actor)
    if (made instanceof Refusal) return answerWrong(signedIn, () => showForm(signedIn, values, [wrongAddress(made)]))
    await showSecret(signedIn, made.client, made.secret)
  }

  async function change(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const values = readValues(request)
    const errors = mistakesIn(values, wordsOf(response))
    if (errors.length > 0) return answerWrong(signedIn, () => showClient(signedIn, values, errors))
    const changed = await changeClient(context, idIn(request), wishOf(values), user.actor)
    if (!(changed instanceof Refusal)) return response.redirect(303, at(HOME))
    if (changed.code === 'client_unknown') return showRefusal(pages, response, changed, { user })
    return answerWrong(signedIn, () => showClient(signedIn, values, [wrongAddress(changed)]))
  }

  function answerWrong({ response }: SignedInRequest, show: () => Promise<void>): Promise<void> {
    response.status(422)
    return show()
  }

  /** The secrets before the new one stay valid for a day, unless one of them was seen by a stranger. */
  async function rotate(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const overlap = fieldOf(request, 'seen') === '' ? DAY : 0
    const rotated = await rotateSecret(context, idIn(request), overlap, user.actor)
    const client = await findClient(prisma, idIn(request))
    if (rotated instanceof Refusal || !client) {
      return showRefusal(pages, response, new Refusal('client_unknown'), { user })
    }
    await showSecret(signedIn, client, rotated.secret, rotated.previousUntil)
  }

  async function showSecret(
    { response, user }: SignedInRequest,
    client: OpenIdClient,
    secret: Secret | undefined,
    previousUntil?: number,
  ): Promise<void> {
    await render(response.status(201), 'clients/secret', {
      layout: layoutOf(context, user),
      client,
      issuer: context.settings.oidcServer.issuer ?? siteAddress(context.settings.baseUrl),
      ...(secret && { secret: secret.reveal() }),
      ...(previousUntil !== undefined && { previousUntil }),
    })
  }

  async function askDelete({ request, response, user }: SignedInRequest): Promise<void> {
    const client = await findClient(prisma, idIn(request))
    if (!client) return showRefusal(pages, response, new Refusal('client_unknown'), { user })
    await render(response, 'clients/delete', { layout: layoutOf(context, user), client })
  }

  async function remove({ request, response, user }: SignedInRequest): Promise<void> {
    const removed = await removeClient(context, idIn(request), user.actor)
    if (removed instanceof Refusal) return showRefusal(pages, response, removed, { user })
    response.redirect(303, at(HOME))
  }

  const guarded = (handler: (signedIn: SignedInRequest) => Promise<void>) =>
    requireRecentForm(pages, 'client.change', handler)
  const router = Router()
  router.route('/oidc-clients').get(requireSignIn(pages, showList)).post(guarded(create))
  router.get(
    '/oidc-clients/new',
    requireSignIn(pages, (signedIn) => showForm(signedIn, NEW)),
  )
  router
    .route('/oidc-clients/:id')
    .get(requireSignIn(pages, (signedIn) => showClient(signedIn)))
    .post(guarded(change))
  router.post('/oidc-clients/:id/secret', guarded(rotate))
  router.route('/oidc-clients/:id/delete').get(requireSignIn(pages, askDelete)).post(guarded(remove))
  return router
}

const NEW: ClientValues = {
  description: '',
  'return-uris': '',
  'post-logout-uris': '',
  'backchannel-logout-uri': '',
  'required-scope': '',
  'required-groups': '',
  notes: '',
  isPublic: false,
  isOwnSite: true,
}

function idIn({ params }: Request): string {
  return typeof params.id === 'string' ? params.id : ''
}

function readValues(request: Request): ClientValues {
  const text = (name: string) => fieldOf(request, name).trim().slice(0, 4000)
  return {
    description: text('description').slice(0, 200),
    'return-uris': text('return-uris'),
    'post-logout-uris': text('post-logout-uris'),
    'backchannel-logout-uri': text('backchannel-logout-uri'),
    'required-scope': text('required-scope'),
    'required-groups': text('required-groups'),
    notes: text('notes'),
    isPublic: formOf(request).public === 'yes',
    isOwnSite: formOf(request)['own-site'] === 'yes',
  }
}

const ADDRESSES = ['return-uris', 'post-logout-uris', 'backchannel-logout-uri'] as const

/** Every mistake at once, each at its own field. */
function mistakesIn(values: ClientValues, words: Words): FieldError[] {
  const errors: FieldError[] = []
  if (values.description === '') {
    errors.push({ field: 'description', message: words.text('clients.errors.description') })
  }
  if (values['return-uris'] === '') {
    errors.push({
      field: 'return-uris',
      message: words.text('clients.errors.address'),
    })
  }
  for (const field of ADDRESSES) {
    const wrong = itemsOf(values[field]).find((each) => !isRedirectUri(each))
    if (wrong !== undefined) errors.push({ field, message: `${wrong.slice(0, 200)} ${REDIRECT_RULE}` })
  }
  if (values['required-scope'] !== '' && !isScope(values['required-scope'])) {
    errors.push({ field: 'required-scope', message: words.text('clients.errors.scope') })
  }
  return errors
}

function wrongAddress({ message }: Refusal): FieldError {
  return { field: 'return-uris', message }
}

const itemsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

function wishOf(values: ClientValues): Omit<ClientWish, 'isPublic'> {
  const { notes, 'required-scope': scope, 'backchannel-logout-uri': backchannelLogoutUri } = values
  return {
    description: values.description,
    redirectUris: itemsOf(values['return-uris']),
    postLogoutUris: itemsOf(values['post-logout-uris']),
    isOwnSite: values.isOwnSite,
    requiredGroups: itemsOf(values['required-groups']),
    ...(notes !== '' && { notes }),
    ...(isScope(scope) && { requiredScope: scope }),
    ...(backchannelLogoutUri !== '' && { backchannelLogoutUri }),
  }
}

function valuesOf(client: OpenIdClient): ClientValues {
  return {
    description: client.description,
    'return-uris': client.redirectUris.join(' '),
    'post-logout-uris': client.postLogoutUris.join(' '),
    'backchannel-logout-uri': client.backchannelLogoutUri ?? '',
    'required-scope': client.requiredScope ?? '',
    'required-groups': client.requiredGroups.join(' '),
    notes: client.notes ?? '',
    isPublic: client.isPublic,
    isOwnSite: client.isOwnSite,
  }
}

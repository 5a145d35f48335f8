import { Refusal } from '../../core/access/refusal.js'
import { accountObject } from '../../core/audit/event.js'
import type { Passkey } from '../../core/people/passkey.js'
import type { Actor } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import { type Account, findAccount } from '../../storage/postgres/accounts.js'
import { findPasskey, recordPasskeyUse } from '../../storage/postgres/identity/passkeys.js'
import { commit } from '../../storage/unit-of-work.js'
import { type Ceremony, consumeChallenge, openChallenge } from './challenge.js'
import { loadWebAuthn, relyingPartyId, userHandle } from './relying-party.js'
import { parseAssertion, WITHOUT_SCRIPT } from './response.js'

/** The form that uses a passkey, as it came. */
export interface UsedForm {
  readonly ceremony: Exclude<Ceremony, 'add'>
  readonly challenge: string
  readonly csrf: string
  /** JSON of the browser's answer. */
  readonly passkey: string
  /** The user whose passkey it must be; absent: it says who signs in. */
  readonly username?: string
}

/** Verifies the use of a passkey; returns the account that it belongs to. Refuses with `passkey_failed`. */
export async function usePasskey(
  context: Context,
  form: UsedForm,
  actor: Omit<Actor, 'username'>,
): Promise<Account | Refusal> {
  if (form.passkey === '') return new Refusal('passkey_failed', WITHOUT_SCRIPT).worded('withoutScript')
  const used = await verify(context, form)
  if (typeof used === 'string') return refuse(context, used)
  const { id, name, username } = used.passkey
  const account = await findAccount(context.postgres.prisma, username)
  if (!account || account.disabled !== undefined) return refuse(context, `the account ${username} is disabled`)
  const isRecorded = await commit(context, async (work) => {
    const isRecorded = await recordPasskeyUse(work, id, used.counter, context.clock())
    const act = { actor: { ...actor, username }, object: accountObject(username), after: { passkey: id, name } }
    if (isRecorded) work.record({ action: 'passkey.use', ...act })
    return isRecorded
  })
  return isRecorded ? account : refuse(context, 'the counter went back, or the passkey was removed')
}

function refuse({ log }: Context, cause: string): Refusal {
  log.info({ cause }, 'Passkey refused')
  return new Refusal('passkey_failed')
}

interface Used {
  readonly passkey: Passkey
  readonly counter: number
}

/** Returns the passkey, or the cause of the refusal. */
async function verify(context: Context, { ceremony, csrf, ...form }: UsedForm): Promise<Used | string> {
  const expectedChallenge = await openChallenge(context, form.challenge, { ceremony, csrf })
  const response = parseAssertion(form.passkey)
  if (expectedChallenge === undefined || !response) return 'no challenge of this form, or no answer to one'
  const passkey = await findPasskey(context.postgres.prisma, response.id)
  if (!passkey) return 'an unknown passkey'
  if (form.username !== undefined && passkey.username !== form.username) return 'a passkey of another user'
  const { userHandle: handle, ...answer } = response.response
  if (!belongs(handle, passkey.username, ceremony)) return 'a user handle of another user'
  const { baseUrl } = context.settings
  const { verifyAuthenticationResponse } = await loadWebAuthn()
  const outcome = await verifyAuthenticationResponse({
    response: { ...response, response: answer },
    expectedChallenge,
    expectedOrigin: baseUrl.origin,
    expectedRPID: relyingPartyId(context.settings),
    requireUserVerification: ceremony !== 'second-factor',
    credential: { id: passkey.id, publicKey: passkey.publicKey, counter: passkey.counter },
  }).catch((error: Error) => error)
  if (outcome instanceof Error) return outcome.message
  if (!outcome.verified) return 'a wrong signature'
  if (!(await consumeChallenge(context, expectedChallenge))) return 'a challenge that was answered before'
  return { passkey, counter: outcome.authenticationInfo.newCounter }
}

/** WebAuthn §7.2, step 6: the handle must be there where no user was named before. */
function belongs(handle: string | null | undefined, username: string, ceremony: Ceremony): boolean {
  if (handle) return handle === userHandle(username).toString('base64url')
  return ceremony !== 'sign-in'
}

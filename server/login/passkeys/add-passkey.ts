import { Refusal } from '../../core/access/refusal.js'
import { accountObject } from '../../core/audit/event.js'
import { MOST_PASSKEYS, type Passkey, passkeyName } from '../../core/people/passkey.js'
import type { Actor } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import { lockName } from '../../storage/postgres/identity/name-holder.js'
import { findPasskey, insertPasskey, listPasskeys } from '../../storage/postgres/identity/passkeys.js'
import { commit } from '../../storage/unit-of-work.js'
import { consumeChallenge, openChallenge } from './challenge.js'
import { isTransport, loadWebAuthn, relyingPartyId } from './relying-party.js'
import { parseRegistration, WITHOUT_SCRIPT } from './response.js'

/** The form that adds a passkey, as it came. */
export interface AddedForm {
  readonly challenge: string
  readonly csrf: string
  /** JSON of the browser's answer. */
  readonly passkey: string
  readonly name: string
}

/** Adds a passkey to the account of the actor. Refuses with `passkey_failed` or `too_many_passkeys`. */
export async function addPasskey(context: Context, form: AddedForm, actor: Actor): Promise<Passkey | Refusal> {
  const { username } = actor
  if (form.passkey === '') return new Refusal('passkey_failed', WITHOUT_SCRIPT).worded('withoutScript')
  const verified = await verify(context, form)
  if (verified instanceof Refusal) return verified
  const now = context.clock()
  const passkey: Passkey = { ...verified, username, name: passkeyName(form.name), created: now }
  return commit(context, async (work) => {
    await lockName(work.db, username)
    if ((await listPasskeys(work.db, username)).length >= MOST_PASSKEYS) return new Refusal('too_many_passkeys')
    if (await findPasskey(work.db, passkey.id))
      return new Refusal('passkey_failed', 'This passkey was added before').worded('addedBefore')
    await insertPasskey(work, passkey)
    const { id, name } = passkey
    work.record({ action: 'passkey.create', actor, object: accountObject(username), after: { passkey: id, name } })
    const { address, client, session } = actor
    const facts = { type: 'session' as const, name, ...(address && { address }), ...(client && { client }) }
    if (session !== undefined) work.notify({ username, kind: 'passkeyAdded', at: now, token: session, facts })
    return passkey
  })
}

type Verified = Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'transports'>

async function verify(context: Context, form: AddedForm): Promise<Verified | Refusal> {
  const failed = (cause: string) => {
    context.log.info({ cause }, 'Passkey refused')
    return new Refusal('passkey_failed')
  }
  const expectedChallenge = await openChallenge(context, form.challenge, { ceremony: 'add', csrf: form.csrf })
  const response = parseRegistration(form.passkey)
  if (expectedChallenge === undefined || !response) return failed('no challenge of this form, or no answer to one')
  try {
    if (await isAttested(response.response.attestationObject)) return failed('an attestation, which was not asked for')
    const { baseUrl } = context.settings
    const { verifyRegistrationResponse } = await loadWebAuthn()
    const verified = await verifyRegistrationResponse({
      response,
      expectedChallenge,
      expectedOrigin: baseUrl.origin,
      expectedRPID: relyingPartyId(context.settings),
      requireUserVerification: false,
    })
    if (!verified.verified) return failed('the attestation')
    if (!(await consumeChallenge(context, expectedChallenge))) return failed('a challenge that was answered before')
    const { id, publicKey, counter } = verified.registrationInfo.credential
    return { id, publicKey, counter, transports: response.response.transports.filter(isTransport) }
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'not verified')
  }
}

/**
 * Returns whether an attestation has certificates. None was asked for.
 *
 * Attack: verifying certificates fetches the revocation list that they name, an address of the attacker's choice.
 */
async function isAttested(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject, isoBase64URL } = await import('@simplewebauthn/server/helpers')
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
  const format = attestation.get('fmt')
  return format !== 'none' && (format !== 'packed' || attestation.get('attStmt').get('x5c') !== undefined)
}

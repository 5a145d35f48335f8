import { Refusal } from '../core/access/refusal.js'
import { normalEmail } from '../core/people/email.js'
import type { ProgramChange } from '../core/programs/history.js'
import { type ProgramStanding, standingOf } from '../core/programs/program.js'
import type { Actor } from '../core/token/history.js'
import { isProgramAdministrator, type Scope, USER_TOKEN } from '../core/token/scope.js'
import { verifiedEmails } from '../people/verified-emails.js'
import { programTopic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { deleteGrant, insertGrant } from '../storage/postgres/programs/grants.js'
import { listProgramChanges } from '../storage/postgres/programs/history.js'
import { deleteProgram } from '../storage/postgres/programs/load.js'
import { findPrograms, type Grant, listGrants, type StoredProgram } from '../storage/postgres/programs/programs.js'
import { commit } from '../storage/unit-of-work.js'
import { changePrograms } from './cache.js'
import { identitiesOf } from './identities.js'
import { accessFacts, tellAccess } from './tell-access.js'

/** The user who manages a program. */
export interface Manager {
  readonly username: string
  readonly scopes: readonly Scope[]
  /** Delegated tokens (of notebooks and services) may read, but give no access. */
  readonly mayChange: boolean
  readonly actor: Actor
}

/** A grant, and whether a user here has the address; until then it is pending. */
export interface StatedGrant extends Grant {
  readonly pending: boolean
}

/** A program as those see it who look after it. */
export interface ManagedProgram {
  readonly program: StoredProgram
  readonly standing: ProgramStanding
  readonly mayManage: boolean
  /** Whether they see who asked for which file; other investigators and colleagues do not. */
  readonly seesReads: boolean
}

const MAX_GRANTS = 1_000
const MAX_CHANGES = 1_000

/**
 * Returns a program for one of its investigators, or for an administrator. To other users it does not exist: its
 * investigators and grantees are confidential. Only principal investigators change it, and only with `user:token`.
 *
 * Attack: a token that was made to download leaks; its thief must not be able to give themselves lasting access.
 */
export async function findManaged(context: Context, manager: Manager, id: string): Promise<ManagedProgram | Refusal> {
  const [[program], who] = await Promise.all([
    findPrograms(context.postgres, [id]),
    identitiesOf(context, manager.username),
  ])
  const standing = program ? standingOf(program, who) : 'none'
  const isAdministrator = isProgramAdministrator(manager.scopes)
  if (!program || !(isAdministrator || standing === 'pi' || standing === 'co-i')) {
    return new Refusal('program_not_found')
  }
  const asInvestigator = standing === 'pi' && manager.scopes.includes(USER_TOKEN)
  return {
    program,
    standing,
    mayManage: manager.mayChange && (isAdministrator || asInvestigator),
    seesReads: isAdministrator || standing === 'pi',
  }
}

/** An address that has access, and whether it had none before. */
export interface Granted {
  readonly email: string
  readonly isNew: boolean
}

/** Gives the present or future owner of an address access to a program's data. Idempotent. */
export async function grantAccess(
  context: Context,
  manager: Manager,
  id: string,
  address: string,
): Promise<Granted | Refusal> {
  const granted = await grantEach(context, manager, id, [address])
  if (granted instanceof Refusal) return granted
  return granted[0] ?? new Refusal('invalid_email')
}

/** Gives the owners of several addresses access: all of them, or none where one is refused. */
export async function grantEach(
  context: Context,
  manager: Manager,
  id: string,
  addresses: readonly string[],
): Promise<readonly Granted[] | Refusal> {
  const program = await findManageable(context, manager, id)
  if (program instanceof Refusal) return program
  const emails = new Set<string>()
  for (const address of addresses) {
    const email = normalEmail(address)
    if (email === undefined) return invalidAddress(address, addresses.length)
    emails.add(email)
  }
  const facts = await accessFacts(context, program, manager.actor)
  const at = context.clock()
  return allOrNone(() =>
    commit(context, async (work) => {
      work.invalidate(programTopic(id))
      const granted: Granted[] = []
      for (const email of emails) {
        const isNew = await insertGrant(work, { program: id, email, actor: manager.actor, at }, MAX_GRANTS)
        if (isNew instanceof Refusal) throw new Refused(isNew)
        if (isNew) await tellAccess(work, { kind: 'accessGiven', email, facts, at })
        granted.push({ email, isNew })
      }
      return granted
    }),
  )
}

function invalidAddress(address: string, count: number): Refusal {
  const refusal = new Refusal('invalid_email')
  return count === 1 ? refusal : refusal.worded('named', { address: address.slice(0, 100) })
}

/** Takes a transaction back for a refusal. */
class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message)
  }
}

async function allOrNone<T>(change: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

/** Takes back what {@link grantAccess} gave. Investigators stay: who they are is for the archive to say. */
export async function removeAccess(
  context: Context,
  manager: Manager,
  id: string,
  address: string,
): Promise<{ readonly email: string } | Refusal> {
  const program = await findManageable(context, manager, id)
  if (program instanceof Refusal) return program
  const email = normalEmail(address)
  const facts = await accessFacts(context, program, manager.actor)
  const at = context.clock()
  const removed =
    email !== undefined &&
    (await commit(context, async (work) => {
      work.invalidate(programTopic(id))
      const isGone = await deleteGrant(work, { program: id, email }, manager.actor, at)
      if (isGone) await tellAccess(work, { kind: 'accessTaken', email, facts, at })
      return isGone
    }))
  return removed ? { email } : new Refusal('grant_not_found')
}

/** Lists the grants of a program by address. */
export async function statedGrants(context: Context, id: string): Promise<StatedGrant[]> {
  const grants = await listGrants(context.postgres.prisma, id)
  const known = await verifiedEmails(
    context,
    grants.map(({ email }) => email),
  )
  return grants.map((grant) => ({ ...grant, pending: !known.has(grant.email) }))
}

/** Lists the changes of a program, newest first. */
export function programHistory({ postgres }: Context, id: string): Promise<ProgramChange[]> {
  return listProgramChanges(postgres.prisma, id, MAX_CHANGES)
}

/** Deletes a program with all its grants. No client may read its data afterwards. */
export async function dropProgram(context: Context, id: string, actor: Actor): Promise<Refusal | undefined> {
  const deleted = await changePrograms(context, [id], () => deleteProgram(context, id, actor, context.clock()))
  if (deleted === undefined) return new Refusal('programs_loading')
  return deleted ? undefined : new Refusal('program_not_found')
}

async function findManageable(context: Context, manager: Manager, id: string): Promise<StoredProgram | Refusal> {
  const managed = await findManaged(context, manager, id)
  if (managed instanceof Refusal) return managed
  return managed.mayManage ? managed.program : new Refusal('not_the_investigator')
}

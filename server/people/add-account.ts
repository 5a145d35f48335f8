import { Refusal } from '../core/access/refusal.js'
import { accountObject } from '../core/audit/event.js'
import { isEmail } from '../core/people/email.js'
import { isGroupName, isPosixId, isUsername, MAX_POSIX_ID } from '../core/people/identifiers.js'
import { type Actor, INTERNAL } from '../core/token/history.js'
import type { Group } from '../core/token/record.js'
import type { Secret } from '../core/token/secret.js'
import type { Context } from '../storage/context.js'
import {
  type Account,
  FIRST_ID,
  findGroup,
  findGroupByGid,
  insertAccount,
  insertGroup,
  nextUid,
} from '../storage/postgres/accounts.js'
import type { Transaction } from '../storage/postgres/client.js'
import { isDuplicateUid, isDuplicateUsername } from '../storage/postgres/constraint-errors.js'
import { lockName } from '../storage/postgres/identity/name-holder.js'
import { isKnown } from '../storage/postgres/people.js'
import { commit } from '../storage/unit-of-work.js'
import { checkPassword, hashPassword } from './password.js'

export interface NewAccount {
  readonly username: string
  readonly password: Secret
  readonly name?: string
  readonly email?: string
  readonly uid?: number
  readonly gid?: number
  /** Whether it signs in also during a lockdown. */
  readonly emergency?: true
  /** Whether the password was generated and printed, so that its user must choose another. */
  readonly mustChangePassword?: true
  readonly groups: readonly { readonly name: string; readonly gid?: number }[]
}

/** Adds a local account. Refuses with `invalid_account` or `account_exists`, naming what is wrong; then nothing is added. */
export async function addAccount(
  context: Context,
  wanted: NewAccount,
  actor: Actor = INTERNAL,
): Promise<Account | Refusal> {
  const wrong = checkAccount(wanted) ?? checkPassword(context, wanted.password, wanted)
  if (wrong) return wrong
  const passwordHash = await hashPassword(wanted.password)
  try {
    return await commit(context, async (writing) => {
      const { db } = writing
      await lockName(db, wanted.username)
      if (await isKnown(db, wanted.username)) return new Refusal('account_exists')
      const which = wanted.uid === undefined ? { username: wanted.username } : { uid: wanted.uid }
      const assigned = await db.assignedUid.findFirst({ where: which })
      if (assigned && assigned.username !== wanted.username)
        return new Refusal('invalid_account', `UID ${assigned.uid} was imported for ${assigned.username}`)
      const uid = wanted.uid ?? assigned?.uid ?? (await nextUid(db, FIRST_ID))
      if (!isPosixId(uid)) return new Refusal('invalid_account', 'No UID is left above those in use: give one')
      const groups: Group[] = []
      for (const group of wanted.groups) {
        const joined = await joinGroup(db, group)
        if (!groups.some(({ name }) => name === joined.name)) groups.push(joined)
      }
      const account: Account = {
        username: wanted.username,
        passwordHash,
        uid,
        gid: wanted.gid ?? uid,
        groups,
        created: context.clock(),
        ...(wanted.name && { name: wanted.name }),
        ...(wanted.email && { email: wanted.email }),
        ...(wanted.emergency && { emergency: true }),
        ...(wanted.mustChangePassword && { mustChangePassword: true }),
      }
      await insertAccount(writing, account)
      const { passwordHash: _notRecorded, username, ...after } = account
      writing.record({ action: 'account.create', actor, object: accountObject(username), after })
      return account
    })
  } catch (error) {
    if (error instanceof GroupConflict) return new Refusal('invalid_account', error.message)
    if (isDuplicateUsername(error)) return new Refusal('account_exists')
    if (isDuplicateUid(error))
      return new Refusal(
        'invalid_account',
        wanted.uid === undefined
          ? 'Another account was added at the same moment; try again'
          : `UID ${wanted.uid} belongs to another account`,
      )
    throw error
  }
}

/** Thrown inside the transaction, so that groups made before it are not left behind. */
class GroupConflict extends Error {}

async function joinGroup(db: Transaction, { name, gid }: { name: string; gid?: number }): Promise<Group> {
  const known = await findGroup(db, name)
  if (known && (gid === undefined || gid === known.id)) return known
  if (known) throw new GroupConflict(`Group ${name} has GID ${known.id}, not ${gid}`)
  const other = gid === undefined ? undefined : await findGroupByGid(db, gid)
  if (other) throw new GroupConflict(`GID ${gid} belongs to group ${other.name}`)
  return insertGroup(db, name, gid, FIRST_ID)
}

/** Checks the fields of an account, without its password. Refuses with `invalid_account`. */
export function checkAccount({ username, email, uid, gid, groups }: Omit<NewAccount, 'password'>): Refusal | undefined {
  const invalid = (message: string) => new Refusal('invalid_account', message)
  if (!isUsername(username)) {
    return invalid(`"${username}" is no user name: lowercase letters, digits and inner dashes, at least one letter`)
  }
  if (email !== undefined && !isEmail(email)) return invalid(`"${email}" is no e-mail address`)
  for (const [what, id] of [['UID', uid], ['GID', gid], ...groups.map((each) => ['GID', each.gid] as const)] as const) {
    if (id !== undefined && !isPosixId(id)) {
      return invalid(`${what} ${id} is not a number from 1 to ${MAX_POSIX_ID}`)
    }
  }
  const odd = groups.find(({ name }) => !isGroupName(name))
  return odd && invalid(`"${odd.name}" is no group name: letters, digits and . _ -, at least one letter`)
}

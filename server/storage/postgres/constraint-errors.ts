import { Prisma } from '../generated/client.js'

/** Returns whether a write failed because the user already has a token of that name. */
export function isDuplicateTokenName(error: unknown): boolean {
  return violates(error, 'token_username_name_key')
}

/** Returns whether an account was not created because its name is taken. */
export function isDuplicateUsername(error: unknown): boolean {
  return violates(error, 'account_pkey')
}

export function isDuplicateUid(error: unknown): boolean {
  return violates(error, 'account_uid_key')
}

/** Returns whether a group was not created because its name or GID is taken. */
export function isDuplicateGroup(error: unknown): boolean {
  return violates(error, 'local_group_pkey') || violates(error, 'local_group_gid_key')
}

/** With a driver adapter Prisma names the constraint only in the adapter's own error; PostgreSQL's name or its columns. */
function violates(error: unknown, constraint: string): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') return false
  const adapterError = error.meta?.driverAdapterError as
    | { cause?: { constraint?: { index?: string; fields?: string[] }; originalMessage?: string } }
    | undefined
  const cause = adapterError?.cause
  return cause?.constraint?.index === constraint || cause?.originalMessage?.includes(`"${constraint}"`) === true
}

import { z } from 'zod'

const kind = z.boolean().default(true)
const mailed = kind.describe('Whether it is mailed as well')

/** The kinds of notices to users; each is on unless the site switches it off, and so is its mail. */
export const noticesSchema = z.strictObject({
  tokenCreated: kind.describe('A token of theirs was created'),
  tokenUsed: kind.describe(
    'A token of theirs was used from a network, or with a client, that it was not used from before',
  ),
  tokenRevoked: kind.describe('An administrator revoked a token or a session of theirs'),
  tokenSuspended: kind.describe('An administrator suspended a token or a session of theirs'),
  tokenLifted: kind.describe('An administrator lifted the suspension of a token or a session of theirs'),
  passkeyAdded: kind.describe('A passkey was added to their account'),
  permissionLost: kind.describe(
    'A token of theirs was refused for a permission that no group of theirs gives any more',
  ),
  accessGiven: kind.describe('An investigator gave them access to data of a program'),
  accessTaken: kind.describe('An investigator removed their access to data of a program'),
  signIn: kind.describe('A browser signed in to their account that they had not signed in with in the last 180 days'),
  mail: z
    .strictObject({
      tokenCreated: mailed,
      tokenUsed: mailed,
      tokenRevoked: mailed,
      tokenSuspended: mailed,
      tokenLifted: mailed,
      passkeyAdded: mailed,
      permissionLost: mailed,
      accessGiven: mailed,
      accessTaken: mailed,
      signIn: mailed,
    })
    .prefault({})
    .describe('Which of them are also mailed, where `smtpUrl` is set'),
})

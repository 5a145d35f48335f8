import { type EpochSeconds, isoTime } from '../time.js'

/** A restore that no operator has confirmed yet. */
export interface UnconfirmedRestore {
  /** The backup's identifier. */
  readonly backup: string
  /** The moment that the backup shows. */
  readonly taken: EpochSeconds
}

/** The moment of the oldest backup whose restore is not confirmed: what was taken away since then may be back. */
export function takenFirst(restores: readonly UnconfirmedRestore[]): EpochSeconds | undefined {
  return restores.length === 0 ? undefined : Math.min(...restores.map(({ taken }) => taken))
}

/** Says what an unconfirmed restore may have undone, and what is refused until it is confirmed. */
export function sentencesOf(restores: readonly UnconfirmedRestore[]): string[] {
  const oldest = takenFirst(restores)
  if (oldest === undefined) return []
  return [
    `The site was restored from a backup of ${isoTime(oldest)}, and the restore is not confirmed.`,
    'What was taken away since then may be back: revoked tokens and sessions, scopes and places of tokens, disabled accounts, released user names, old passwords and passkeys, removed collaborators, clients and consents, overrides of quotas, and groups that an identity provider no longer gives.',
    'Until it is confirmed, every token and session is refused, and no user signs in: npx postern restore confirm --help',
  ]
}

import { type EpochSeconds, isoTime } from '../time.js'

/** A restore that no operator has confirmed yet. */
export interface UnconfirmedRestore {
  /** The backup's identifier. */
  readonly backup: string
  /** The moment that the backup shows. */
  readonly taken: EpochSeconds
}

/** Says what an unconfirmed restore may have undone, and what is refused until it is confirmed. */
export function sentencesOf(restores: readonly UnconfirmedRestore[]): string[] {
  if (restores.length === 0) return []
  const oldest = Math.min(...restores.map(({ taken }) => taken))
  return [
    `The site was restored from a backup of ${isoTime(oldest)}, and the restore is not confirmed.`,
    'What was taken away since then may be back: revoked tokens and sessions, scopes and places of tokens, disabled accounts, released user names, old passwords and passkeys, removed collaborators, clients and consents, overrides of quotas.',
    'Until it is confirmed, every token and session is refused, and no user signs in: npx postern restore confirm --help',
  ]
}

/** A step of a sign-in with a local account that comes before its session. */
export type NextStep = 'passkey' | 'new-password'

/** The account of a sign-in. */
interface StepAccount {
  readonly mustChangePassword?: true
  readonly hasPasskey: boolean
}

/**
 * Returns the next step of a sign-in; undefined when there may be a session.
 *
 * Attack: whoever has the printed password would choose another before the passkey is asked for, and lock the user out. The
 * passkey comes first.
 *
 * @param isPasskeyProven whether a passkey was used in this sign-in
 */
export function nextStep(
  { mustChangePassword, hasPasskey }: StepAccount,
  isPasskeyProven: boolean,
): NextStep | undefined {
  if (hasPasskey && !isPasskeyProven) return 'passkey'
  return mustChangePassword ? 'new-password' : undefined
}

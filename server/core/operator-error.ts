/** A fault that an operator can mend. `message` says what is wrong, `remedy` what to do about it; neither quotes a secret. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'

  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

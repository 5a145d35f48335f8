/** The database cannot be brought to this version's schema. `message` says what is wrong, `remedy` what to do about it. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'

  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** PostgreSQL or Redis cannot be started here. `message` says what is wrong, `remedy` what to do about it. */
export class EmbeddedError extends Error {
  override readonly name: string = 'EmbeddedError'

  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

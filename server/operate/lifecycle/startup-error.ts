import { EmbeddedError } from '../../embedded/embedded-error.js'
import { SettingsError } from '../../settings/load.js'
import { MigrationError } from '../../storage/postgres/migration-connection.js'
import { isUnavailable } from '../../storage/unavailable.js'

/** Something outside keeps Postern from starting; the message names it, the remedy says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'

  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** What to tell an operator whose Postern did not start; undefined for what is a bug and needs its stack trace. */
export function explainStart(error: unknown): string | undefined {
  if (error instanceof SettingsError) return error.problems.map((problem) => `postern: ${problem}`).join('\n')
  if (error instanceof EmbeddedError || error instanceof MigrationError || error instanceof StartError) {
    return `postern: ${error.message}\n${error.remedy}`
  }
  if (isUnavailable(error))
    return 'postern: A store does not answer. Run the command again when it does; what was done is kept.'
  return undefined
}

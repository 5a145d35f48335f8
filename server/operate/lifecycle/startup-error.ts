import { OperatorError } from '../../core/operator-error.js'
import { SettingsError } from '../../settings/load.js'
import { isUnavailable } from '../../storage/unavailable.js'

/** Describes an error to the operator. @returns undefined for a bug, which needs its stack trace */
export function explainStart(error: unknown): string | undefined {
  if (error instanceof SettingsError) return error.problems.map((problem) => `postern: ${problem}`).join('\n')
  if (error instanceof OperatorError) return `postern: ${error.message}\n${error.remedy}`
  if (isUnavailable(error))
    return 'postern: A store does not answer. Run the command again when it does; what was done is kept.'
  return undefined
}

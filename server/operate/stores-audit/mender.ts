import type { Finding } from '../../core/stores-audit/checks.js'
import type { Context } from '../../storage/context.js'

/** Mends findings of one check. @returns those that it has mended */
export type Mender = (context: Context, findings: readonly Finding[]) => Promise<readonly Finding[]>

import type { AuditFacts } from '../../core/audit/event.js'
import { INTERNAL } from '../../core/token/history.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { commit } from '../../storage/unit-of-work.js'

/** Records the settings with which a server starts: a weaker one is then seen beside the acts that it allowed. */
export async function recordSettings(context: Context): Promise<void> {
  const object = { type: 'settings', id: 'postern' } as const
  await commit(context, async ({ record }) =>
    record({ action: 'settings.load', actor: INTERNAL, object, after: factsOf(context.settings) }),
  )
}

/** Returns the settings as plain JSON. Secrets are of the type that prints as `[secret]`. */
function factsOf(settings: Settings): AuditFacts {
  return JSON.parse(JSON.stringify(settings, plain)) as AuditFacts
}

function plain(_name: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  return value instanceof Set ? [...value] : value
}

import { pino } from 'pino'
import { systemClock } from '../../../server/core/time.js'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { Operator } from '../../../server/kubernetes/operator/operator.js'
import type { OperatorOptions } from '../../../server/kubernetes/operator/parts.js'
import { loadSettings } from '../../../server/settings/load.js'

export const SITE = loadSettings({ POSTERN_CONFIG: 'test/kubernetes/site.yaml' })

export interface RunningOperator {
  readonly operator: Operator
  /** What it has logged, one line for each event. */
  readonly lines: string[]
  stop(): Promise<void>
}

/** Starts an operator that leads, in the test's process. */
export function startOperator(api: ApiClient, options: Partial<OperatorOptions> = {}): RunningOperator {
  const lines: string[] = []
  const out = { write: (line: string) => void lines.push(line) }
  const operator = new Operator({
    api,
    settings: SITE,
    log: pino({ level: 'debug' }, out),
    clock: systemClock,
    ...options,
  })
  const stopping = new AbortController()
  const led = operator.lead(stopping.signal)
  return {
    operator,
    lines,
    async stop() {
      stopping.abort()
      await led
    },
  }
}

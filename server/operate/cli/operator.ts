import { Command } from 'commander'
import { systemClock } from '../../core/time.js'
import { connectOperator } from '../../kubernetes/operator/start.js'
import { listenAddress } from '../../settings/values.js'
import { listen } from '../lifecycle/listen.js'
import { waitForShutdown } from '../lifecycle/shutdown-signal.js'
import type { Shell } from './shell.js'

interface OperatorCommand {
  readonly kubeconfig?: string
  readonly namespace: string[]
  readonly listen: string
}

/** `postern operator`: makes of a cluster's routes and service tokens what they ask for, until it is stopped. */
export function operatorCommand(shell: Shell): Command {
  return new Command('operator')
    .description(
      'Run the Kubernetes operator: routes become objects of the site’s gateway. Of several that run, one writes.',
    )
    .option('--kubeconfig <file>', 'the cluster; in a pod its own, when not given')
    .option('--namespace <name>', 'look at this namespace alone; may be given several times', collect, [])
    .option('--listen <address>', 'where /health and /metrics are, HOST:PORT', '0.0.0.0:8081')
    .action(async ({ kubeconfig, namespace, listen: address }: OperatorCommand) => {
      const shutdown = waitForShutdown()
      const { settings, log } = shell.openLog()
      const namespaces = namespace.length > 0 ? namespace : undefined
      const connected = await connectOperator({ kubeconfig, namespaces, settings, log, clock: systemClock })
      const { election, listener } = connected
      await listen(listener, listenAddress.parse(address))
      const stopping = new AbortController()
      const running = election.run(stopping.signal)
      log.info({ reason: await shutdown.reason }, 'Stopping')
      stopping.abort()
      await running
      listener.close()
      listener.closeAllConnections()
    })
}

function collect(name: string, before: string[]): string[] {
  return [...before, name]
}

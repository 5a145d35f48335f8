import { setFlagsFromString } from 'node:v8'
import { Command } from 'commander'
import { systemClock } from '../../core/time.js'
import { connectOperator } from '../../kubernetes/operator/start.js'
import { TokenKeeper } from '../../kubernetes/service-tokens/token-keeper.js'
import { listenAddress } from '../../settings/values.js'
import { listen } from '../lifecycle/listen.js'
import { openStores } from '../lifecycle/open-stores.js'
import { waitForShutdown } from '../lifecycle/shutdown-signal.js'
import type { Shell } from './shell.js'

interface OperatorCommand {
  readonly kubeconfig?: string
  readonly namespace: string[]
  readonly listen: string
  readonly serviceTokens: boolean
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
    .option('--no-service-tokens', 'look after routes alone, without the site’s stores')
    .action(async ({ kubeconfig, namespace, listen: address, serviceTokens }: OperatorCommand) => {
      useLittleMemory()
      const shutdown = waitForShutdown()
      const { settings, log } = shell.openLog()
      const namespaces = namespace.length > 0 ? namespace : undefined
      const stores = serviceTokens ? await openStores(settings, log, { role: 'command' }) : undefined
      const keeper = stores && new TokenKeeper(stores.context)
      const options = { kubeconfig, namespaces, settings, log, clock: systemClock, keeper }
      const { election, listener } = await connectOperator(options)
      await listen(listener, listenAddress.parse(address))
      const stopping = new AbortController()
      const running = election.run(stopping.signal)
      log.info({ reason: await shutdown.reason }, 'Stopping')
      stopping.abort()
      await running
      listener.close()
      listener.closeAllConnections()
      await stores?.close()
    })
}

/**
 * Has V8 save memory rather than time. Measured: compiled a second time, for speed, the WebAssembly of the database client takes 50
 * MB; here no client waits for its queries.
 */
function useLittleMemory(): void {
  setFlagsFromString('--liftoff-only')
  setFlagsFromString('--optimize-for-size')
}

function collect(name: string, before: string[]): string[] {
  return [...before, name]
}

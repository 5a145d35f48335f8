import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { GATEWAYS, type GatewayKind } from '../../core/kubernetes/gateway-site.js'
import { ApiClient } from '../../kubernetes/cluster/api-client.js'
import { findCluster } from '../../kubernetes/cluster/find-cluster.js'
import { diffObjects } from '../../kubernetes/diff.js'
import { printObjects, type Remark, renderRoutes } from '../../kubernetes/render.js'
import type { Shell } from './shell.js'

interface RenderOptions {
  readonly for?: GatewayKind
  readonly diff?: true
  readonly kubeconfig?: string
}

/** `postern kubernetes`: what the operator does, without it. */
export function kubernetesCommands(shell: Shell): Command {
  return new Command('kubernetes').description('Look at what Kubernetes objects lead to.').addCommand(
    new Command('render')
      .description(
        'Print the objects that the operator makes of the routes in a file. The exit code is 1 where one is wrong; the others are printed.',
      )
      .argument(
        '<file>',
        'GafaelfawrIngress and ProtectedRoute objects in YAML, and the Services whose ports they name; - is standard input',
      )
      .addOption(new Option('--for <gateway>', 'instead of the gateway of the settings').choices(GATEWAYS))
      .option('--diff', 'print the differences from what stands in the cluster; the exit code is 1 where there are any')
      .option('--kubeconfig <file>', 'the cluster for --diff; that of kubectl when not given')
      .action(async (file: string, options: RenderOptions) => {
        const text = file === '-' ? await shell.readInput() : await readFile(file, 'utf8')
        const { objects, problems, warnings } = renderRoutes(text, shell.settings(), options.for)
        if (options.diff) {
          const differences = await diffObjects(new ApiClient(await findCluster(options.kubeconfig)), objects)
          for (const each of differences) shell.print(each)
          if (differences.length > 0) shell.exitCode = 1
        } else if (objects.length > 0) shell.print(printObjects(objects).trimEnd())
        shell.warn(...warnings.map((each) => `warning: ${lineOf(each)}`))
        if (problems.length > 0) shell.fail(...problems.map(lineOf))
      }),
  )
}

function lineOf({ resource, path, message }: Remark): string {
  return [resource, path, message].filter(Boolean).join(': ')
}

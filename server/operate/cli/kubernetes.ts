import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { GATEWAYS, type GatewayKind } from '../../core/kubernetes/gateway-site.js'
import { printObjects, type Remark, renderRoutes } from '../../kubernetes/render.js'
import type { Shell } from './shell.js'

/** `postern kubernetes`: what the operator does, without a cluster. */
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
      .action(async (file: string, options: { readonly for?: GatewayKind }) => {
        const text = file === '-' ? await shell.readInput() : await readFile(file, 'utf8')
        const { objects, problems, warnings } = renderRoutes(text, shell.settings(), options.for)
        if (objects.length > 0) shell.print(printObjects(objects).trimEnd())
        shell.warn(...warnings.map((each) => `warning: ${lineOf(each)}`))
        if (problems.length > 0) shell.fail(...problems.map(lineOf))
      }),
  )
}

function lineOf({ resource, path, message }: Remark): string {
  return [resource, path, message].filter(Boolean).join(': ')
}

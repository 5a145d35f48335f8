import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

/** The definitions of the gateways' objects, and the Go modules in which their projects publish them. */
// biome-ignore format: a table reads in columns
const DEFINITIONS = [
  ['sigs.k8s.io/gateway-api@v1.4.1',         'config/crd/experimental/gateway.networking.k8s.io_httproutes.yaml'],
  ['sigs.k8s.io/gateway-api@v1.4.1',         'config/crd/experimental/gateway.networking.k8s.io_referencegrants.yaml'],
  ['github.com/envoyproxy/gateway@v1.9.1',   'charts/gateway-helm/charts/crds/crds/generated/gateway.envoyproxy.io_securitypolicies.yaml'],
  ['github.com/traefik/traefik/v3@v3.7.13',  'docs/content/reference/dynamic-configuration/traefik.io_middlewares.yaml'],
] as const

const downloaded = z.object({ Dir: z.string() })

/** @returns undefined where there is no Go, or no module */
export function gatewayDefinitions(): readonly unknown[] | undefined {
  const found = DEFINITIONS.map(([module, file]) => {
    const { status, stdout } = spawnSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' })
    return status === 0 ? path.join(downloaded.parse(JSON.parse(stdout)).Dir, file) : undefined
  })
  const files = found.flatMap((each) => each ?? [])
  return files.length === found.length ? files.map((file): unknown => parse(readFileSync(file, 'utf8'))) : undefined
}

/** Returns whether there is Go, so that only the network or a proxy can keep the modules away. */
export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0
}

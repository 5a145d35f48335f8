import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseAllDocuments } from 'yaml'

interface Container {
  readonly ports: readonly { readonly name: string }[]
  readonly [probe: string]: unknown
}

interface Manifest {
  readonly kind: string
  readonly spec?: {
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: { readonly enableServiceLinks?: boolean; readonly containers: readonly Container[] }
    }
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly { readonly targetPort: string }[]
  }
}

const folder = 'deploy/kubernetes'
const manifests = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => parseAllDocuments(readFileSync(path.join(folder, name), 'utf8')))
  .map((document) => document.toJS() as Manifest)
const pods = manifests.flatMap(({ spec }) => (spec?.template ? [spec.template] : []))
const services = manifests.flatMap(({ kind, spec }) => (kind === 'Service' && spec ? [spec] : []))

describe('the manifests for Kubernetes', () => {
  it('keep the variables of the Services of the namespace out of each pod', () => {
    expect(pods.map(({ spec }) => spec.enableServiceLinks)).toEqual([false])
  })

  it('have Services that find the pods, at ports that these have', () => {
    const [pod] = pods
    const ports = pod?.spec.containers.flatMap((each) => each.ports.map(({ name }) => name)) ?? []
    expect(services.map(({ selector }) => selector)).toEqual([pod?.metadata.labels, pod?.metadata.labels])
    expect(services.flatMap((each) => each.ports?.map(({ targetPort }) => targetPort))).toEqual(ports)
  })

  it('ask the pods at a port that they have', () => {
    const [container] = pods[0]?.spec.containers ?? []
    const probes = Object.entries(container ?? {}).filter(([name]) => name.endsWith('Probe'))
    expect(probes.map(([name]) => name)).toEqual(['readinessProbe', 'livenessProbe', 'startupProbe'])
    for (const [, probe] of probes) expect(probe).toMatchObject({ httpGet: { port: 'checks' } })
  })
})

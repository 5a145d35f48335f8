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
const [server] = pods
const services = manifests.flatMap(({ kind, spec }) => (kind === 'Service' && spec ? [spec] : []))

type Labels = Readonly<Record<string, string>>
const isSelected = (labels: Labels, selector: Labels) =>
  Object.entries(selector).every(([name, value]) => labels[name] === value)

describe('the manifests for Kubernetes', () => {
  it('keep the variables of the Services of the namespace out of each pod', () => {
    expect(pods.map(({ spec }) => spec.enableServiceLinks)).toEqual([false, false])
  })

  it('have Services that find the server’s pods alone, at ports that these have', () => {
    const ports = server?.spec.containers.flatMap((each) => each.ports.map(({ name }) => name)) ?? []
    for (const { selector } of services)
      expect(pods.filter(({ metadata }) => isSelected(metadata.labels, selector ?? {}))).toEqual([server])
    expect(services.flatMap((each) => each.ports?.map(({ targetPort }) => targetPort))).toEqual(ports)
  })

  it('ask the pods at a port that they have', () => {
    const probes = pods.map(({ spec }) =>
      Object.entries(spec.containers[0] ?? {}).filter(([name]) => name.endsWith('Probe')),
    )
    expect(probes.map((each) => each.map(([name]) => name))).toEqual([
      ['readinessProbe', 'livenessProbe', 'startupProbe'],
      ['livenessProbe', 'readinessProbe'],
    ])
    for (const [index, port] of ['checks', 'metrics'].entries())
      for (const [, probe] of probes[index] ?? []) expect(probe).toMatchObject({ httpGet: { port } })
  })
})

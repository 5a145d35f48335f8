import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { gatewaySite } from '../../server/kubernetes/site.js'
import { loadSettings } from '../../server/settings/load.js'
import { wheelProgram } from '../support/programs/wheels.mjs'
import { describeWith } from '../support/run/requires.js'

const CHART = 'deploy/kubernetes/chart'
const AT = ['--namespace', 'postern', '--kube-version', '1.34.0']
const SITE = ['--set', 'global.baseUrl=https://data.example.org']
const FULL = ['--values', 'test/deploy/chart-values.yaml']

const object = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
const rules = z.array(
  z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
)

const helm = (...words: string[]) => spawnSync(wheelProgram('helm'), words, { encoding: 'utf8' })
const template = (...words: string[]) =>
  execFileSync(wheelProgram('helm'), ['template', 'postern', CHART, ...AT, ...words], { encoding: 'utf8' })
const objectsOf = (yaml: string) => parseAllDocuments(yaml).map((each) => object.parse(each.toJS()))
const named = (yaml: string) => objectsOf(yaml).map(({ kind, metadata }) => `${kind} ${metadata.name}`)

describeWith(['helm'], 'The Helm chart', () => {
  it.each([
    ['the least values', SITE],
    ['all values', FULL],
  ])('pleases helm lint with %s', (_what, values) => {
    const { status, stdout, stderr } = helm('lint', CHART, '--strict', '--quiet', ...values)
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })

  // After a change that is meant: the same command into the file, without the lines that begin with "# Source".
  it('gives the plain file, for those who have no Helm', () => {
    const made = template(...SITE).replaceAll(/^# Source: .*\n/gm, '')
    expect(readFileSync('deploy/kubernetes/postern.yaml', 'utf8')).toBe(made)
  })

  it.each([
    ['the least values', SITE, {}],
    ['all values', FULL, { POSTERN_CILOGON_CLIENT_SECRET: 'secret', POSTERN_LDAP_PASSWORD: 'secret' }],
  ])('gives settings that Postern starts with, with %s', (_what, values, secrets) => {
    const map = objectsOf(template(...values)).find(({ kind }) => kind === 'ConfigMap')
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'chart-')), 'postern.yaml')
    writeFileSync(file, z.object({ data: z.object({ 'postern.yaml': z.string() }) }).parse(map).data['postern.yaml'])
    const settings = loadSettings({
      POSTERN_CONFIG: file,
      POSTERN_BASE_URL: 'https://data.example.org',
      ...secrets,
    })
    const { checks, checksUrl } = gatewaySite(settings, () => undefined)
    expect([checks, checksUrl]).toEqual([
      { name: 'postern-checks', namespace: 'postern', port: 80 },
      'http://postern-checks.postern.svc.cluster.local',
    ])
  })

  it('makes all that it is told', () => {
    expect(named(template(...FULL)).sort()).toEqual([
      'ConfigMap postern',
      'ConfigMap postern-migration',
      'Deployment postern',
      'Deployment postern-operator',
      'ExternalSecret postern',
      'HTTPRoute postern',
      'HorizontalPodAutoscaler postern',
      'Job postern-migration',
      'NetworkPolicy postern',
      'NetworkPolicy postern-operator',
      'PodDisruptionBudget postern',
      'PodMonitor postern-operator',
      'PrometheusRule postern',
      'Role postern-operator',
      'Role postern-operator',
      'Role postern-operator-own',
      'RoleBinding postern-operator',
      'RoleBinding postern-operator',
      'RoleBinding postern-operator-own',
      'Service postern',
      'Service postern-checks',
      'ServiceAccount postern-operator',
      'ServiceMonitor postern',
    ])
  })

  it('migrates before the pods are replaced, with the settings of the new release, where it is told', () => {
    const hooks = (...values: string[]) =>
      objectsOf(template(...values)).flatMap((each) => {
        const annotations = z.record(z.string(), z.string()).optional().parse(each.metadata.annotations)
        const when = annotations?.['helm.sh/hook']
        return when === undefined ? [] : [[each.kind, when, annotations?.['helm.sh/hook-weight']]]
      })
    expect(hooks(...SITE)).toEqual([])
    expect(hooks(...SITE, '--set', 'migration.job=true')).toEqual([
      ['ConfigMap', 'pre-install,pre-upgrade', '0'],
      ['Job', 'pre-install,pre-upgrade', '1'],
    ])
    // The Secret of external-secrets is not there before an installation.
    expect(hooks(...FULL).map(([, when]) => when)).toEqual(['pre-upgrade', 'pre-upgrade'])

    const made = objectsOf(template(...FULL))
    const [server, migration] = ['postern', 'postern-migration'].map((name) =>
      made.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name),
    )
    expect(migration?.data).toEqual(server?.data)
    const job = JSON.stringify(made.find(({ kind }) => kind === 'Job')?.spec)
    expect(job).toContain('"command":["node","server/operate/cli/postern.mjs","migrate","run"]')
    expect(job).toContain('"envFrom":[{"secretRef":{"name":"postern"}},{"secretRef":{"name":"postern-owner"}}]')
    expect(job).toContain('"volumes":[{"name":"config","configMap":{"name":"postern-migration"}}]')
  })

  it('has the alerts of the file for Prometheus itself', () => {
    const rule = objectsOf(template(...FULL)).find(({ kind }) => kind === 'PrometheusRule')
    expect(rule?.spec).toEqual(parse(readFileSync('deploy/monitoring/rules.yaml', 'utf8')))
    // Helm reads files of the chart alone, so the file stands in both places. After a change: copy it.
    const copy = readFileSync(`${CHART}/files/rules.yaml`, 'utf8')
    expect(copy).toBe(readFileSync('deploy/monitoring/rules.yaml', 'utf8'))
  })

  it('lets the operator read Secrets only where it makes tokens, and only in its namespaces', () => {
    const secrets = (...values: string[]) =>
      objectsOf(template(...values))
        .filter(({ kind }) => /Role$/.test(kind))
        .filter((role) => rules.parse(role.rules).some(({ resources }) => resources.includes('secrets')))
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'}`)
    expect(secrets(...SITE)).toEqual(['ClusterRole -'])
    expect(secrets(...SITE, '--set', 'operator.namespaces={tap}')).toEqual(['Role tap'])
    expect(secrets(...FULL)).toEqual([])
    expect(secrets(...SITE, '--set', 'operator.enabled=false')).toEqual([])
  })

  it('lets the operator do nothing to what it does not make', () => {
    const roles = objectsOf(template(...SITE)).filter(({ kind }) => /Role$/.test(kind))
    const rights = roles.flatMap((role) => rules.parse(role.rules))
    const changed = rights.filter(({ verbs }) => verbs.some((each) => /create|update|patch|delete/.test(each)))
    expect(changed.flatMap(({ resources }) => resources).sort()).toEqual([
      '*',
      'events',
      'httproutes',
      'ingresses',
      'leases',
      'middlewares',
      'referencegrants',
      'secrets',
      'securitypolicies',
    ])
    expect(rights.filter(({ resources }) => resources.includes('*')).flatMap(({ apiGroups }) => apiGroups)).toEqual([
      'gafaelfawr.lsst.io',
      'postern.dev',
    ])
  })

  it.each([
    ['no address of the site', [], /global\.baseUrl is required/],
    ['a misspelt value', ['--set', 'replicas=3'], /replicas/],
    ['a misspelt value of a section', ['--set', 'operator.replica=3'], /replica/],
    ['an unknown kind of route', ['--set', 'route.kind=traefik'], /route/],
    ['a route without a Gateway', ['--set', 'route.kind=httproute'], /gateways/],
    [
      'a store of secrets without a name',
      ['--set', 'externalSecret.enabled=true,externalSecret.key=x'],
      /secretStoreRef/,
    ],
    ['checks open to all', ['--set-json', 'networkPolicy.checksFrom=[]'], /checksFrom/],
  ])('makes nothing of %s', (_what, values, problem) => {
    const site = problem.source.includes('baseUrl') ? [] : SITE
    const { status, stdout, stderr } = helm('template', 'postern', CHART, ...AT, ...site, ...values)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(problem)
  })
})

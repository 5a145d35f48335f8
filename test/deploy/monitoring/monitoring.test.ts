import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { REFUSALS } from '../../../server/core/access/refusal.js'
import { eventually } from '../../support/eventually.js'
import { run } from '../../support/run/processes.js'
import { describeWith } from '../../support/run/requires.js'
import { startWatchedSite, type WatchedSite } from './watched-site.js'

const RULES = 'deploy/monitoring/rules.yaml'
const ALERTS = 'test/deploy/monitoring/alerts.yaml'

const rulesFile = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
})
const dashboardFile = z.object({
  templating: z.object({ list: z.array(z.object({ query: z.union([z.string(), z.object({ query: z.string() })]) })) }),
  annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).optional(),
    }),
  ),
})

const rules = rulesFile.parse(parse(readFileSync(RULES, 'utf8'))).groups.flatMap((group) => group.rules)
const dashboard = dashboardFile.parse(JSON.parse(readFileSync('deploy/monitoring/dashboard.json', 'utf8')))
const targets = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((each) => ({ ...each, ...panel })))
const variables = dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query))
const expressions = [...rules, ...targets].map(({ expr }) => expr)

/** As Grafana fills it in, with all sites chosen. */
const filled = (expr: string) => expr.replaceAll(/\$(?:namespace|job)/g, '.*').replaceAll('$__rate_interval', '1m')

/** Labels that Prometheus adds to the series that it scrapes. */
const ADDED = ['namespace', 'job', 'instance']

const metricsIn = (expr: string) => [...expr.matchAll(/\b(?:postern|nodejs|process)_\w+/g)].map(([name]) => name)

/** The labels of each metric in a text of /metrics. */
function labelsByName(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Set(ADDED)
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    found.set(name, known)
  }
  return found
}

/** The labels that an expression asks for: in selectors, and in sums and maxima by them. */
function labelsAsked(expr: string): string[] {
  const selectors = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, each = '']) => [...each.matchAll(/(\w+)\s*[=!]/g)])
  const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, each = '']) => [...each.matchAll(/(\w+)/g)])
  return [...selectors, ...by].map(([, label = '']) => label)
}

describeWith(['prometheus'], 'The rules and the dashboard for monitoring', () => {
  let site: WatchedSite
  beforeAll(async () => {
    site = await startWatchedSite()
  })
  afterAll(() => site.stop())

  it('are rules that promtool takes, also those that the dashboard would be', async () => {
    const asRules = expressions.map((expr, at) => ({ record: `of:expression:${at}`, expr: filled(expr) }))
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'rules-')), 'rules.json')
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'all', rules: asRules }] }))
    const { code, stdout, stderr } = await run(['promtool', 'check', 'rules', RULES, file])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`${rules.length} rules found`)
  })

  it('alert when they should and not before: each alert has its unit test', async () => {
    const { code, stdout, stderr } = await run(['promtool', 'test', 'rules', ALERTS])
    expect([code, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')])
    const tested = readFileSync(ALERTS, 'utf8')
    const fires = (name: string) => tested.includes(`alertname: ${name}\n`) || tested.includes(`alertname="${name}"`)
    expect(rules.map(({ alert }) => alert).filter((name) => !fires(name))).toEqual([])
  })

  it('have names that promtool finds good', async () => {
    const ours = (await site.scrape()).replaceAll(/^(?:# \w+ )?(?!postern_|# )\w+.*\n/gm, '')
    expect(ours).toMatch(/^postern_checks_total/m)
    const { code, stdout, stderr } = await run(['promtool', 'check', 'metrics'], { input: ours })
    expect([code, stdout, stderr]).toEqual([0, '', ''])
  })

  it('name only metrics, labels and codes that there are', async () => {
    const known = labelsByName(await site.scrape())
    const named = [...expressions, ...variables].flatMap(metricsIn)
    expect(new Set(named.filter((name) => !known.has(name)))).toEqual(new Set())
    const strays = expressions.flatMap((expr) => {
      const labels = new Set(metricsIn(expr).flatMap((name) => [...(known.get(name) ?? [])]))
      return labelsAsked(expr).filter((each) => !labels.has(each))
    })
    expect(strays).toEqual([])
    const codes = expressions.flatMap((expr) => [...expr.matchAll(/code="(\w+)"/g)].map(([, code = '']) => code))
    expect(codes.filter((code) => !(code in REFUSALS))).toEqual([])
    const unnamed = targets.flatMap(({ expr, legendFormat }) => {
      const asked = labelsAsked(expr)
      return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, each = '']) => each).filter((e) => !asked.includes(e))
    })
    expect(unnamed).toEqual([])
  })

  it('leave no metric of Postern out, in the dashboard and in the document', async () => {
    const families = [...(await site.scrape()).matchAll(/^# TYPE (postern_\w+)/gm)].map(([, name = '']) => name)
    const shown = targets.flatMap(({ expr }) => metricsIn(expr).map((name) => name.replace(/_bucket$/, '')))
    expect(families.filter((name) => !shown.includes(name))).toEqual([])
    const document = readFileSync('deploy/docs/monitoring.md', 'utf8').matchAll(/`(postern_\w+)`/g)
    expect([...new Set([...document].map(([, name = '']) => name))].sort()).toEqual(families.sort())
  })

  it('are evaluated by Prometheus itself, and show each panel something', async () => {
    const health = z.object({
      groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) })),
    })
    await eventually(async () => {
      const { groups } = health.parse(await site.ask('rules'))
      const states = groups.flatMap((group) => group.rules.map((rule) => `${rule.name} ${rule.health}`))
      expect(states.sort()).toEqual(rules.map(({ alert }) => `${alert} ok`).sort())
    })
    const result = z.object({ result: z.array(z.unknown()) })
    await eventually(async () => {
      const empty: string[] = []
      for (const { title, expr } of targets) {
        const { result: series } = result.parse(await site.ask('query', { query: filled(expr) }))
        if (series.length === 0) empty.push(title)
      }
      expect(empty).toEqual([])
    })
  })
})

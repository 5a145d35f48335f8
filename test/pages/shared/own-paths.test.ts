import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { samples, viewNames } from '../support/samples/samples.js'
import { show } from '../support/show.js'

const OWN = /^\/(?:$|(?:auth|login|logout|info)\b)/

/** The same model with the addresses in it below a path, as controllers give them. */
function below<Model>(model: Model): Model {
  return JSON.parse(JSON.stringify(model), (_name, value) =>
    typeof value === 'string' && OWN.test(value) ? `/postern${value}` : value,
  )
}

const addresses = (html: string) =>
  [...html.matchAll(/\s(?:href|src|action|formaction)="(\/[^"]*)"/g)].map(([, path = '']) => path)

/** From the look of the site, which is the operator's. */
const OF_THE_SITE = ['/help']

describe('Below a path', () => {
  it.each(viewNames)('the page %s leads nowhere else', async (view) => {
    const found = addresses(await show(view, below(samples[view]), '/postern'))
    expect(found.length).toBeGreaterThan(0)
    const outside = found.filter((path) => !path.startsWith('/postern/') && !OF_THE_SITE.includes(path))
    expect(outside).toEqual([])
    expect(found.filter((path) => path.startsWith('/postern/postern'))).toEqual([])
  })
})

const files = (folder: string, kind: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((each) => kind.test(each) && !each.startsWith('client/'))
    .map((each) => join(folder, each))

function offending(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  )
}

describe('An own path that is given to a browser', () => {
  it('stands in no view as it is', () => {
    expect(offending(files('views', /\.ejs$/), /(?:href|src|action)="\/|href: ['"`]\/|url\(\//)).toEqual([])
  })

  // `/info` and `/whoami` are an archive's: the shipped proxies lead them to Postern for archives alone.
  it('is one that each shipped proxy leads to Postern', () => {
    const archive = /['"`\s}](?:<%= page.base %>)?\/(?:info|whoami)\b/
    expect(offending([...files('views', /\.ejs$/), ...files('server/pages', /\.ts$/)], archive)).toEqual([])
  })

  it('stands in no script of a page', () => {
    expect(offending(files('views/static', /\.js$/), /['"`]\/\w/)).toEqual([])
  })

  it('stands in no redirect, link, header or address of the server as it is', () => {
    const bare =
      /redirect\((?:\d+, )?['"`]\/|href: ['"`]\/|\?\? ['"`]\/[a-z]|'Location',? ['"`]\/|new URL\(['"`]\/(?:auth|login|info)/
    expect(offending(files('server', /\.ts$/), bare)).toEqual([])
  })
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

/** Folders that are made, not written. */
const MADE = ['node_modules', 'dist', 'dist.unfinished', 'artefacts', 'generated']

/** Every document of the repository; folders with a leading dot are none of its own. */
function documentsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) return MADE.includes(entry.name) || entry.name.startsWith('.') ? [] : documentsIn(file)
    return file.endsWith('.md') ? [file] : []
  })
}

const documents = documentsIn('.').sort()

const textOf = (file: string) => readFileSync(file, 'utf8')

/** Relative targets of Markdown links and images: `[text](target)`. */
function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
}

/** Files of the repository that a document names in code: `` `test/house.test.ts` ``, `` `server/core/` ``. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`((?:server|test|deploy|views|prisma)\/[\w./-]*)`/g)].map(([, name = '']) => name)
}

/** The anchor that a heading gets: lowercase, without punctuation, with dashes for spaces. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function isBroken(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? document : path.join(path.dirname(document), file)
  if (!existsSync(target)) return true
  return anchor !== undefined && !anchorsIn(textOf(target)).includes(anchor)
}

/** Lines that quote a page of the site or the rule itself. */
const QUOTED = ['| `user_not_allowed` |', '| `exclusive_access` |', '| `name_taken` |', '| `grant_not_found` |']

describe('the documents', () => {
  it('link only to files and headings that exist', () => {
    const broken = documents.flatMap((document) =>
      linksIn(textOf(document))
        .filter((link) => isBroken(document, link))
        .map((link) => `${document}: ${link}`),
    )
    expect(broken).toEqual([])
  })

  it('name only paths that exist', () => {
    const missing = documents.flatMap((document) =>
      pathsIn(textOf(document))
        .filter((name) => !existsSync(name))
        .map((name) => `${document}: ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('name only scripts that npm runs', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: object }
    const unknown = documents.flatMap((document) =>
      [...textOf(document).matchAll(/npm run ([a-z][\w:-]*)/g)]
        .map(([, script = '']) => script)
        .filter((script) => !(script in scripts))
        .map((script) => `${document}: ${script}`),
    )
    expect(unknown).toEqual([])
  })

  it('begin with a README of at most 120 lines', () => {
    expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120)
  })

  it('give a reason for each dependency, and for no package that is not one', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<string, object>
    const used = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/'))
    const table = textOf('CONTRIBUTING.md').split('## Dependencies')[1] ?? ''
    const rows = [...table.matchAll(/^\| (`[^|]+) \|/gm)].map(([, packages = '']) => packages)
    const explained = rows.flatMap((packages) => [...packages.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    expect(explained.sort()).toEqual(used.sort())
  })

  it('have a glossary whose names stand in the files that it gives', () => {
    const rows = [...textOf('server/README.md').matchAll(/\| `(server\/[^`]+)` \| `(\w+)` \|$/gm)]
    const strays = rows
      .filter(([, file = '', name = '']) => !existsSync(file) || !new RegExp(`\\b${name}\\b`).test(textOf(file)))
      .map(([, file, name]) => `${name}: ${file}`)
    expect(rows.length).toBeGreaterThan(20)
    expect(strays).toEqual([])
  })

  it('name the actor instead of an indefinite pronoun', () => {
    const pronoun = /\b(?:somebody|someone|nobody|anybody|anyone|everybody|everyone|whoever|whom|whatever)\b/i
    const strays = documents.flatMap((document) =>
      textOf(document)
        .split('\n')
        .filter((line) => pronoun.test(line) && !QUOTED.some((allowed) => line.includes(allowed)))
        .map((line) => `${document}: ${line}`),
    )
    expect(strays).toEqual([])
  })
})

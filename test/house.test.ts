import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseSync } from '@swc/core'
import { declarationOf } from '../server/core/schema/declaration.js'
import { earlierDeclaration } from '../server/core/schema/earlier.js'

const SERVER = path.resolve('server')

/** Each room may use those to its right, and itself. */
// biome-ignore format: a table reads in columns
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  client:   [],
  'postern-cli': [],
  core:     [],
  words:    ['core'],
  settings: ['core'],
  embedded: ['core'],
  storage:  ['core', 'words', 'settings'],
  people:   ['core', 'words', 'settings', 'storage'],
  tokens:   ['core', 'words', 'settings', 'storage', 'people'],
  programs: ['core', 'words', 'settings', 'storage', 'people', 'tokens'],
  authn:    ['core', 'settings', 'storage', 'people', 'tokens'],
  ingress:  ['core', 'settings', 'storage', 'people', 'tokens', 'programs', 'authn'],
  explain:  ['core', 'words', 'settings', 'storage', 'people', 'tokens', 'programs', 'ingress'],
  login:    ['core', 'words', 'settings', 'storage', 'people', 'tokens', 'authn'],
  openid:   ['core', 'words', 'settings', 'storage', 'people', 'tokens', 'authn', 'explain'],
  kubernetes: ['core', 'settings', 'storage', 'people', 'tokens'],
  api:      ['core', 'words', 'settings', 'storage', 'people', 'tokens', 'programs', 'authn', 'explain', 'login', 'openid'],
  pages:    ['core', 'words', 'settings', 'storage', 'people', 'tokens', 'programs', 'authn', 'explain', 'login', 'openid'],
  operate:  ['core', 'words', 'settings', 'storage', 'people', 'tokens', 'programs', 'login', 'openid', 'api', 'kubernetes', 'embedded'],
}

/** The stores' drivers stay in the rooms that are made for them. */
const DRIVERS = /^(?:pg|ioredis|ldapts|@prisma\/.*)$/

/** Packages that few processes need, and none to start. */
const LOADED_WITH_THEIR_FIRST_USE =
  /^(?:@kubernetes\/client-node|@opentelemetry\/.*|@node-saml\/.*|@simplewebauthn\/server.*|nodemailer|oidc-provider)$/

/** More are one object, whose fields have names at every call. */
const MAX_PARAMETERS = 4

/** The fields that name a function, and its parameters. */
interface SyntaxNode {
  readonly identifier?: { readonly value?: string }
  readonly key?: { readonly value?: string }
  readonly id?: { readonly value?: string }
  readonly params?: unknown
}

const files = readdirSync(SERVER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('storage/generated'))
  .sort()

function importsOf(file: string): { from: string; typeOnly: boolean }[] {
  const text = readFileSync(path.join(SERVER, file), 'utf8')
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'/gms)
  return [...statements].map(([, type, from, bare]) => ({ from: from ?? bare ?? '', typeOnly: type !== undefined }))
}

const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '')

/** The file that an import means, if it is one of ours. */
function targetOf(file: string, from: string): string[] {
  const target = path.join(path.dirname(file), from).replace(/\.js$/, '.ts')
  return from.startsWith('.') && files.includes(target) ? [target] : []
}

/** Whether one comes from a file, by one import or more, to another. */
function reaches(uses: ReadonlyMap<string, readonly string[]>, start: string, goal: string): boolean {
  const seen = new Set<string>()
  const waiting = [...(uses.get(start) ?? [])]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (file === goal) return true
    if (seen.has(file)) continue
    seen.add(file)
    waiting.push(...(uses.get(file) ?? []))
  }
  return false
}

/** The functions of a syntax tree that have more parameters than {@link MAX_PARAMETERS}. */
function crowdedIn(node: unknown, name = ''): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => crowdedIn(each, name))
  if (typeof node !== 'object' || node === null) return []
  const { identifier, key, id, params } = node as SyntaxNode
  const own = identifier?.value ?? key?.value ?? id?.value ?? name
  const below = Object.values(node).flatMap((each) => crowdedIn(each, own))
  return Array.isArray(params) && params.length > MAX_PARAMETERS ? [own, ...below] : below
}

describe('the house', () => {
  it('has only rooms that the table knows', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => room !== '' && !(room in MAY_USE))).toEqual([])
  })

  it('imports inward', () => {
    const strays = files.flatMap((file) => {
      const room = roomOf(file)
      const used = importsOf(file)
        .filter(({ from }) => from.startsWith('.'))
        .map(({ from }) => roomOf(path.join(path.dirname(file), from)))
      const outward = used.filter((each) => each !== room && !MAY_USE[room]?.includes(each))
      return room === '' ? [] : outward.map((each) => `${file} uses ${each}`)
    })
    expect(strays).toEqual([])
  })

  it('has no two files that need each other', () => {
    const uses = new Map(files.map((file) => [file, importsOf(file).flatMap(({ from }) => targetOf(file, from))]))
    const circles = files.filter((file) => reaches(uses, file, file))
    expect(circles).toEqual([])
  })

  it('has no function of more than four parameters', () => {
    const crowded = files.flatMap((file) => {
      const tree = parseSync(readFileSync(path.join(SERVER, file), 'utf8'), { syntax: 'typescript', target: 'es2023' })
      return crowdedIn(tree).map((name) => `${file} ${name}`)
    })
    expect(crowded).toEqual([])
  })

  it('keeps the stores’ drivers where the stores are', () => {
    const strays = files
      .filter((file) => !['storage', 'embedded'].includes(roomOf(file)))
      .filter((file) => importsOf(file).some(({ from, typeOnly }) => DRIVERS.test(from) && !typeOnly))
    expect(strays).toEqual([])
  })

  it('starts without the packages for passkeys, mail, SAML, OpenID Connect and Kubernetes, and the primary of workers without the server', () => {
    const imports = files.flatMap((file) => importsOf(file).map((each) => ({ file, ...each })))
    const early = imports.filter(({ from, typeOnly }) => LOADED_WITH_THEIR_FIRST_USE.test(from) && !typeOnly)
    expect(early.map(({ file, from }) => `${file} ${from}`)).toEqual([])
    expect(imports.filter(({ from }) => from === './serve.js')).toEqual([
      { file: 'main.ts', from: './serve.js', typeOnly: true },
    ])
  })

  it('hears the errors of every connection to PostgreSQL: one that nothing listens to ends the process', () => {
    const strays = files.filter((file) => {
      const text = readFileSync(path.join(SERVER, file), 'utf8')
      return /new pg\.(?:Client|Pool)\(/.test(text) && !/\b(?:client|pool)\.on\('error'/.test(text)
    })
    expect(strays).toEqual([])
  })

  it('burdens services with no dependency but zod', () => {
    const needed = files
      .filter((file) => roomOf(file) === 'client')
      .flatMap(importsOf)
      .map(({ from }) => from)
      .filter((from) => !from.startsWith('./') && !from.startsWith('node:'))
    expect([...new Set(needed)]).toEqual(['zod'])
  })

  it('burdens users of the command line with no package', () => {
    const needed = files
      .filter((file) => roomOf(file) === 'postern-cli')
      .flatMap(importsOf)
      .filter(({ from }) => !from.startsWith('.') && !from.startsWith('node:'))
    expect(needed).toEqual([])
  })

  it('keeps the rules pure: core reads no clock, no environment, no file and no chance', () => {
    // Whether a text is an address is a question about the text.
    const pureImport = /^import \{ isIP \} from 'node:net'$/m
    const impure = /\bDate\.now|new Date\(\)|process\.|Math\.random|randomBytes|node:(?:fs|net|http|os|child_process)/
    const strays = files
      .filter((file) => file.startsWith('core/') && file !== 'core/time.ts')
      .filter((file) =>
        impure.test(
          readFileSync(path.join(SERVER, file), 'utf8')
            .replace(pureImport, '')
            .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
        ),
      )
    expect(strays).toEqual([])
  })
})

describe('the migrations', () => {
  it('say in their first line whether older versions can serve after them', () => {
    const names = readdirSync('prisma/migrations').filter((name) => /^\d/.test(name))
    const silent = names.filter((name) => {
      const sql = readFileSync(path.join('prisma/migrations', name, 'migration.sql'), 'utf8')
      return !declarationOf(sql) && !earlierDeclaration(name)
    })
    // As CONTRIBUTING.md has it: "-- expand: …" or "-- contract after …: …".
    expect(silent).toEqual([])
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { RESOURCE_FORMS } from '../../server/kubernetes/read-resource.js'

const FOLDER = 'deploy/kubernetes/crds'

const node: z.ZodType<Node> = z.lazy(() =>
  z.looseObject({
    description: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    properties: z.record(z.string(), node).optional(),
    items: node.optional(),
    anyOf: z.array(node).optional(),
  }),
)
interface Node {
  readonly description?: string | undefined
  readonly enum?: unknown[] | undefined
  readonly properties?: Record<string, Node> | undefined
  readonly items?: Node | undefined
  readonly anyOf?: Node[] | undefined
}
const definition = z.object({
  spec: z.object({
    names: z.object({ kind: z.string() }),
    versions: z.tuple([z.looseObject({ schema: z.object({ openAPIV3Schema: node }) })]),
  }),
})

const schemas = new Map(
  readdirSync(FOLDER).map((file) => {
    const { spec } = definition.parse(parse(readFileSync(`${FOLDER}/${file}`, 'utf8')))
    return [spec.names.kind, spec.versions[0].schema.openAPIV3Schema]
  }),
)

/** Every field of a schema by its path, with the values that it may have. */
function fieldsOf({ properties = {}, items, anyOf = [] }: Node, at = ''): Map<string, Node> {
  const own = Object.entries(properties).flatMap(([name, field]): [string, Node][] => [
    [`${at}.${name}`, field],
    ...fieldsOf(field, `${at}.${name}`),
  ])
  const below = [...(items ? [items] : []), ...anyOf].flatMap((each) => [...fieldsOf(each, at)])
  return new Map([...own, ...below])
}

const named = (fields: Map<string, Node>) =>
  [...fields].map(([path, field]) => `${path}${field.enum ? ` ${field.enum.join('|')}` : ''}`).sort()

describe('the definitions of resources', () => {
  it.each(Object.entries(RESOURCE_FORMS))('of %s have the fields that are read, and no others', (kind, form) => {
    const defined = fieldsOf(schemas.get(kind) ?? {})
    const isOfRoute = (path: string) => !path.startsWith('.status')
    const read = fieldsOf(node.parse(z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' })))
    const paths = (fields: Map<string, Node>) => [...fields.keys()].filter(isOfRoute).sort()
    expect(paths(defined)).toEqual(paths(read))
    expect(named(defined).filter((each) => / (?!true$)/.test(each) && isOfRoute(each))).toEqual(
      named(read).filter((each) => / (?!true$)/.test(each)),
    )
  })

  it.each([...schemas.keys()])('of %s explain every field', (kind) => {
    const structural = /\.(?:http|backend)$/
    const mute = [...fieldsOf(schemas.get(kind) ?? {})].filter(
      ([path, { description }]) => !description && !structural.test(path),
    )
    expect(mute.map(([path]) => path)).toEqual([])
  })
})

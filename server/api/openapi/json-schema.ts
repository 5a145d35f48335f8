import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

/** JSON Schema 2020-12, with the parts that ours uses. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly not?: JsonSchema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
}

/** Turns zod schemas into JSON Schema; those with an `id` are gathered, and referred to by it. */
export class SchemaBook {
  readonly components: Record<string, JsonSchema> = {}

  /** For requests: a field with a default may be absent, and an unknown field is ignored. */
  taken(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'input')
  }

  /** For responses: no fields but those that are named. */
  sent(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'output')
  }

  #convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const {
      $schema: _dialect,
      $defs = {},
      ...rest
    } = z.toJSONSchema(schema, { io, ...(io === 'output' && { override: withoutSafeBounds }) })
    for (const [id, named] of Object.entries($defs)) this.#gather(id, pointed(named))
    return pointed(rest)
  }

  #gather(id: string, named: JsonSchema): void {
    const known = this.components[id]
    if (known !== undefined && !isDeepStrictEqual(known, named)) throw new Error(`Two schemas have the id ${id}`)
    this.components[id] = named
  }
}

/** The bounds of exact integers, which zod adds to every integer: of a response they tell a reader nothing. */
function withoutSafeBounds({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

/** The same with references to where OpenAPI keeps named schemas. */
function pointed(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (name, value: unknown) =>
    name === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : value,
  ) as JsonSchema
}

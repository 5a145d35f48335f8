import type { JsonSchema } from './json-schema.js'

/** A schema in a few words: `list of Group`, `integer or null`, `user | service`. */
export function kindOf(schema: JsonSchema): string {
  const { $ref, anyOf, type, items, properties, additionalProperties } = schema
  if ($ref !== undefined) return $ref.split('/').at(-1) ?? ''
  if (anyOf) return anyOf.map(kindOf).join(' or ')
  if (schema.enum) return schema.enum.join(' | ')
  if (schema.const !== undefined) return String(schema.const)
  if (type === 'array') return `list of ${items ? kindOf(items) : 'anything'}`
  if (properties) return `object of ${Object.keys(properties).join(', ')}`
  if (typeof additionalProperties === 'object') return `object of ${kindOf(additionalProperties)} by name`
  if (type === undefined) return 'anything'
  return `${[type].flat().join(' or ')}${limits(schema)}`
}

function limits({ minLength, maxLength, minimum, maximum }: JsonSchema): string {
  if (minLength !== undefined && minLength === maxLength) return ` of ${minLength} characters`
  if (maxLength !== undefined) return ` of ${minLength ?? 0} to ${maxLength} characters`
  if (minLength !== undefined) return ` of ${minLength} or more characters`
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  return minimum === undefined ? '' : ` from ${minimum}`
}

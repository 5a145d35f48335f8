import { expect, it } from '@jest/globals'
import { z } from 'zod'
import { STRUCTURED } from '../../server/settings/load.js'
import { settingNames, settingsSchema } from '../../server/settings/schema.js'

it('Each setting that is no text and no number is read as YAML from its environment variable', () => {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' })
  const structured = settingNames.filter((name) => {
    const property = properties[name]
    const types = typeof property === 'object' ? [property, ...(property.anyOf ?? [])] : []
    const has = (...kinds: string[]) =>
      types.some((each) => typeof each === 'object' && kinds.includes(String(each.type)))
    return has('object', 'array', 'boolean') && !has('string')
  })
  expect(structured.length).toBeGreaterThan(15)
  expect(structured.filter((name) => !STRUCTURED.includes(name))).toEqual([])
})

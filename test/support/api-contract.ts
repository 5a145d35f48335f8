import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { apiDocument, type OpenApi, type Operation, type ResponseObject } from '../../server/api/openapi/document.js'

/** An answer as somebody saw it. Names of headers are in lower case. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** What is wrong with an answer by the OpenAPI document; undefined when nothing is, or when it is none of the API's. */
export type Contract = (seen: Seen) => string | undefined

export function contractOf(document: OpenApi = apiDocument()): Contract {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema(document, 'openapi')
  const compiled = new Map<string, ValidateFunction>()
  const check = (pointer: string, value: unknown): string | undefined => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `openapi#${pointer}` })
    compiled.set(pointer, validate)
    return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'body' })
  }
  return (seen) => {
    if (!isApi(seen.path)) return undefined
    const { pointer, answer } = documented(document, seen) ?? {}
    const wrong = pointer && answer ? wrongIn(answer, pointer, seen, check) : 'is not documented'
    return wrong && `${seen.method} ${seen.path} answered ${seen.status}, which ${wrong}: ${seen.text}`
  }
}

const isApi = (path: string) => path.startsWith('/auth/api/') || path === '/auth/gms'

/** The answer that the document has for this, and where. */
function documented(document: OpenApi, { method, path, status }: Seen) {
  const template = Object.keys(document.paths).find((each) => matches(each, path))
  const operation: Operation | undefined = document.paths[template ?? '']?.[method.toLowerCase()]
  const common = (name: string) => {
    const answer = document.components.responses[name]
    return answer && { pointer: `/components/responses/${name}`, answer }
  }
  if (template === undefined) return status === 404 ? common('NotFound') : undefined
  if (operation === undefined) return status === 405 ? common('MethodNotAllowed') : undefined
  const answer = operation.responses[status]
  if (answer === undefined) return undefined
  if ('$ref' in answer) return common(answer.$ref.split('/').at(-1) ?? '')
  return { pointer: `/paths/${escaped(template)}/${method.toLowerCase()}/responses/${status}`, answer }
}

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')]
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith('{') || part === given[index])
}

const escaped = (name: string) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

function wrongIn(
  { content, headers = {} }: ResponseObject,
  pointer: string,
  seen: Seen,
  check: (pointer: string, value: unknown) => string | undefined,
): string | undefined {
  const missing = Object.entries(headers).find(
    ([name, { required }]) => required && !(name.toLowerCase() in seen.headers),
  )
  if (missing) return `lacks ${missing[0]}`
  const types = Object.keys(content ?? {})
  if (types.length === 0) return seen.text === '' ? undefined : 'should have no body'
  const type = types.find((each) => String(seen.headers['content-type']).startsWith(each))
  if (type === undefined) return `should be ${types.join(' or ')}`
  if (type !== 'application/json') return undefined
  return check(`${pointer}/content/${escaped(type)}/schema`, JSON.parse(seen.text))
}

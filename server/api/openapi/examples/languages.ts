import type { ExampleCall, Part } from './call.js'
import type { Json } from './sample.js'

/** A call in one language. */
export interface Example {
  readonly language: 'curl' | 'Python' | 'JavaScript'
  readonly code: string
}

/** Writes a call in each language that can make it. The token comes from the environment: `ACCESS_TOKEN`. */
export function examplesOf(call: ExampleCall): readonly Example[] {
  if (call.ofPage) return [{ language: 'JavaScript', code: pageScript(call) }]
  return [
    { language: 'curl', code: curl(call) },
    { language: 'Python', code: python(call) },
    { language: 'JavaScript', code: javascript(call) },
  ]
}

/** Attack: every user of a machine sees its command lines, in `ps`. So curl reads the token from its standard input. */
function curl({ method, address, body, lines }: ExampleCall): string {
  const isDefault = method === (body === undefined ? 'GET' : 'POST')
  const url = address.map((part) => (typeof part === 'string' ? part : `$${part.variable}`)).join('')
  const type = lines ? "  --header 'Content-Type: application/x-ndjson' \\\n  --data-binary " : '  --json '
  return [
    `curl --config - --fail-with-body${isDefault ? '' : ` --request ${method}`} \\`,
    ...(body === undefined ? [] : [`${type}${inShell(JSON.stringify(body))} \\`]),
    `  "${url}" <<END`,
    'oauth2-bearer = "$ACCESS_TOKEN"',
    'END',
  ].join('\n')
}

function inShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function python({ method, address, body, lines }: ExampleCall): string {
  const usesVariables = address.some((part) => typeof part !== 'string')
  const url = written(address, (name) => `{os.environ['${name}']}`)
  const bodyLines = lines
    ? [`    data=json.dumps(${pythonOf(body ?? null)}) + "\\n",`]
    : [`    json=${pythonOf(body ?? null)},`]
  return [
    ...(lines ? ['import json'] : []),
    'import os',
    '',
    'import requests',
    '',
    `response = requests.${method.toLowerCase()}(`,
    `    ${usesVariables ? 'f' : ''}"${url}",`,
    lines
      ? `    headers={"Authorization": f"Bearer {os.environ['ACCESS_TOKEN']}", "Content-Type": "application/x-ndjson"},`
      : `    headers={"Authorization": f"Bearer {os.environ['ACCESS_TOKEN']}"},`,
    ...(body === undefined ? [] : bodyLines),
    ')',
    'response.raise_for_status()',
    'print(response.text)',
  ].join('\n')
}

/** JSON differs from Python in three words. */
function pythonOf(value: Json): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(', ')}]`
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}: ${pythonOf(each)}`)
    .join(', ')}}`
}

function javascript({ method, address, body, lines }: ExampleCall): string {
  const url = written(address, (name) => `\${process.env.${name}}`)
  const type = lines ? 'application/x-ndjson' : 'application/json'
  const headers = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the example that fills it in
    'Authorization: `Bearer ${process.env.ACCESS_TOKEN}`',
    ...(body === undefined ? [] : [`'Content-Type': '${type}'`]),
  ]
  return [
    `const response = await fetch(\`${url}\`, {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    `  headers: { ${headers.join(', ')} },`,
    ...(body === undefined ? [] : [`  body: JSON.stringify(${JSON.stringify(body)}),`]),
    '})',
    'if (!response.ok) throw new Error(await response.text())',
    'console.log(await response.text())',
  ].join('\n')
}

/** For a page of the site: the browser sends the session. */
function pageScript({ address }: ExampleCall): string {
  return [
    `const response = await fetch('${written(address, String)}')`,
    'if (!response.ok) throw new Error(await response.text())',
    'console.log(await response.text())',
  ].join('\n')
}

function written(address: readonly Part[], variable: (name: string) => string): string {
  return address.map((part) => (typeof part === 'string' ? part : variable(part.variable))).join('')
}

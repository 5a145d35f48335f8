import type { Desk } from './client.js'

export interface Answer {
  readonly status: number
  /** Names in lower case; each with all of its lines. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

/** What curl gets; `--path-as-is`, so that it sends the path that it is given. Throws when nothing answers. */
export async function curl(desk: Desk, ...args: string[]): Promise<Answer> {
  const command = ['curl', '--silent', '--show-error', '--include', '--path-as-is', '--max-time', '120', ...args]
  const { code, stdout, stderr } = await desk.run(command)
  if (code !== 0) throw new Error(`curl ended with ${code}: ${stderr}`)
  return lastAnswer(stdout)
}

/** `100 Continue` and the challenges that curl has met come first. */
function lastAnswer(output: string): Answer {
  const start = output.lastIndexOf('HTTP/1.1 ')
  const end = output.indexOf('\r\n\r\n', start)
  const [statusLine = '', ...lines] = output.slice(start, end).split('\r\n')
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/: (.*)/)
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value])
  }
  return { status: Number(statusLine.split(' ')[1]), headers, body: output.slice(end + 4) }
}

/** The text that a TAP client shows its user. */
export function sentence(answer: Answer): string | undefined {
  return /<INFO name="QUERY_STATUS" value="ERROR">([^<]*)<\/INFO>/.exec(answer.body)?.[1]
}

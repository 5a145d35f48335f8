import request, { type Response } from 'supertest'

/** An answer, and from where it came. */
export interface Page extends Pick<Response, 'status' | 'text' | 'headers'> {
  readonly url: URL
  /** The addresses on the way to it. */
  readonly way: readonly URL[]
}

const MOST_STEPS = 12

/** A browser without script, at a site and its clients: keeps the cookies of each, and goes where it is sent. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  setCookie(origin: string, name: string, value: string): void {
    const cookies = this.#cookies.get(origin) ?? new Map<string, string>()
    this.#cookies.set(origin, cookies.set(name, value))
  }

  /** Another browser with the same cookies. */
  copy(): Browser {
    const other = new Browser()
    for (const [origin, cookies] of this.#cookies) {
      for (const [name, value] of cookies) other.setCookie(origin, name, value)
    }
    return other
  }

  /** Sends one request; with fields, those of a form. */
  async ask(address: URL | string, fields?: Readonly<Record<string, string>>): Promise<Page> {
    const url = new URL(address)
    const cookies = [...(this.#cookies.get(url.origin) ?? [])].map(([name, value]) => `${name}=${value}`)
    const path = `${url.pathname}${url.search}`
    // By superagent: Node's fetch says by itself what the browser wants the answer for.
    const agent = request(url.origin)
    const asked = (fields === undefined ? agent.get(path) : agent.post(path).type('form').send(fields)).redirects(0)
    const answer = await asked.set({
      Accept: 'text/html',
      Cookie: cookies.join('; '),
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    })
    this.#keep(url.origin, [answer.headers['set-cookie'] ?? []].flat())
    const { status, text, headers } = answer
    return { status, text, headers, url, way: [url] }
  }

  /** Goes to an address, and on to where it is sent, until a page stays or an address begins with `before`. */
  async go(address: URL | string, before?: string): Promise<Page> {
    return this.follow(await this.ask(address), before)
  }

  async follow(page: Page, before?: string): Promise<Page> {
    let at = page
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      if (at.status < 300 || at.status >= 400) return at
      const next = new URL(String(at.headers.location), at.url)
      if (before !== undefined && next.href.startsWith(before)) return { ...at, url: next }
      const answer = await this.ask(next)
      at = { ...answer, way: [...at.way, next] }
    }
    throw new Error(`It goes on and on: ${at.way.map(({ href }) => href).join(' ')}`)
  }

  /** Sends the form of a page that leads to a path, with its hidden fields. */
  async send({ url, text }: Page, action: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    const forms = [...text.matchAll(/<form[^>]* action="([^"]*)"[^>]*>(.*?)<\/form>/gs)]
    // The menu above has a form of its own to sign out.
    const [, , inside = ''] = forms.filter(([, to]) => to === action).at(-1) ?? []
    const hidden = [...inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
    const known = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
    return this.ask(new URL(action, url), { ...known, ...fields })
  }

  #keep(origin: string, lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.setCookie(origin, name, value)
      const isOver = /expires=[A-Z][a-z]{2}, \d\d[ -][A-Z][a-z]{2}[ -](?:19|200)|max-age=0/i.test(line)
      if (value === '' || isOver) this.#cookies.get(origin)?.delete(name)
    }
  }
}

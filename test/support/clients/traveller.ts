import { parseCookie } from 'cookie'
import type { Response } from 'supertest'

/** A browser at an identity provider: keeps its cookies there, follows it about, says who it is. */
export class Traveller {
  readonly #cookies = new Map<string, string>()

  /** From where a site sends people to, to where the provider sends them back. */
  async goThrough(departure: Response, who: string | { deny: true }): Promise<URL> {
    let at = new URL(String(departure.headers.location))
    const { origin } = at
    let form: URLSearchParams | undefined
    for (let steps = 0; steps < 10; steps++) {
      const answer: globalThis.Response = await this.#ask(at, form)
      form = undefined
      const next = answer.headers.get('location')
      if (next !== null) {
        at = new URL(next, at)
        if (at.origin !== origin) return at
      } else if (at.pathname.startsWith('/interaction/')) {
        form = new URLSearchParams(typeof who === 'string' ? { who } : { deny: 'yes' })
      } else {
        throw new Error(`The provider answers ${answer.status} at ${at.pathname}: ${await answer.text()}`)
      }
    }
    throw new Error('The provider goes on and on')
  }

  async #ask(at: URL, form: URLSearchParams | undefined): Promise<globalThis.Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: form }),
    })
    for (const line of answer.headers.getSetCookie())
      for (const [name, value] of Object.entries(parseCookie(line.split(';')[0] ?? '')))
        this.#cookies.set(name, value ?? '')
    return answer
  }
}

import { Caller, type Question, type Reply } from '../../support/clients/caller.js'

/** The server closes an idle connection after 75 s: one that has been idle for so long is not used again. */
const IDLE_MS = 30_000
/** A machine with much else to do takes its time. */
const PATIENCE_MS = 60_000

/** Clients of one server, each with a connection that it keeps. */
export class Clients {
  readonly #port: number
  readonly #idle: { readonly caller: Caller; readonly since: number }[] = []
  #under = 0

  constructor(port: number) {
    this.#port = port
  }

  /** How many requests are under way. */
  get underWay(): number {
    return this.#under
  }

  /** @throws when there was no answer */
  async ask(question: Question): Promise<Reply> {
    const caller = this.#take()
    this.#under++
    const host = { Host: `127.0.0.1:${this.#port}` }
    const reply = await caller.ask({ ...question, headers: { ...host, ...question.headers } })
    this.#under--
    if (reply instanceof Error) {
      caller.close()
      throw reply
    }
    this.#idle.push({ caller, since: performance.now() })
    return reply
  }

  close(): void {
    for (const { caller } of this.#idle.splice(0)) caller.close()
  }

  #take(): Caller {
    for (let one = this.#idle.pop(); one; one = this.#idle.pop()) {
      if (performance.now() - one.since < IDLE_MS) return one.caller
      one.caller.close()
    }
    return new Caller(this.#port, PATIENCE_MS)
  }
}

/** The job of the load generator, and its result. */
export interface Job {
  readonly port: number
  readonly connections: number
  /** It stops after so long, or after so many requests, whichever is first. */
  readonly seconds: number
  readonly most: number
  /** Sent as it stands; `{token}` is replaced by one of the tokens, or by a forged one. */
  readonly request: string
  readonly tokens?: readonly string[] | 'made up'
  /** Each token once and no more, instead of one after the other, again and again. */
  readonly once?: boolean
}

export interface Load {
  readonly answered: number
  readonly seconds: number
  /** How many answers had which status; `broken` are those that never came. */
  readonly statuses: Readonly<Record<string, number>>
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

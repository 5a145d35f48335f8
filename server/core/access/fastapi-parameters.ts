import type { EpochSeconds } from '../time.js'

/** One invalid parameter or header, in the form of FastAPI that Gafaelfawr's callers know. */
export interface ParameterError {
  readonly type: string
  readonly loc: readonly ['query' | 'header', string]
  readonly msg: string
  readonly input?: string | null
  readonly ctx?: Readonly<Record<string, unknown>>
}

const TRUE = new Set(['true', '1', 'yes', 'on', 't', 'y'])
const FALSE = new Set(['false', '0', 'no', 'off', 'f', 'n'])

/** Reads parameters as FastAPI does: the last of several wins, and invalid ones are collected. */
export class QueryParameters {
  readonly #query: URLSearchParams
  readonly #errors: ParameterError[]

  constructor(query: URLSearchParams, errors: ParameterError[]) {
    this.#query = query
    this.#errors = errors
  }

  all(name: string): string[] {
    return this.#query.getAll(name)
  }

  /** A text; nothing when it is not given or empty. */
  text(name: string): string | undefined {
    return this.#query.getAll(name).at(-1) || undefined
  }

  oneOf<const T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const given = this.#query.getAll(name).at(-1)
    if (given === undefined) return choices[0]
    const choice = choices.find((each) => each === given)
    if (choice !== undefined) return choice
    const quoted = choices.map((each) => `'${each}'`)
    const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
    this.#refuse(name, { type: 'enum', msg: `Input should be ${expected}`, input: given, ctx: { expected } })
    return choices[0]
  }

  flag(name: string, otherwise: boolean): boolean {
    const given = this.#query.getAll(name).at(-1)
    if (given === undefined) return otherwise
    const word = given.toLowerCase()
    if (!TRUE.has(word) && !FALSE.has(word)) {
      const msg = 'Input should be a valid boolean, unable to interpret input'
      this.#refuse(name, { type: 'bool_parsing', msg, input: given })
    }
    return TRUE.has(word)
  }

  /** A number of seconds that is at least `minimum`, which `named` puts into words. */
  seconds(name: string, minimum: number, named: string): EpochSeconds | undefined {
    const given = this.#query.getAll(name).at(-1)
    if (given === undefined) return undefined
    if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$/.test(given)) {
      const msg = 'Input should be a valid timedelta, invalid character in duration'
      this.#refuse(name, { type: 'time_delta_parsing', msg, input: given })
      return undefined
    }
    if (Number(given) >= minimum) return Number(given)
    const msg = `Input should be greater than or equal to ${named}`
    this.#refuse(name, { type: 'greater_than_equal', msg, input: given })
    return undefined
  }

  #refuse(name: string, { type, ...rest }: Omit<ParameterError, 'loc'>): void {
    this.#errors.push({ type, loc: ['query', name], ...rest })
  }
}

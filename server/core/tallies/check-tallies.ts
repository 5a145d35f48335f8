import { type CheckResult, labelsOf, type OutcomeLabels } from './check-outcome.js'

/** How many services are told apart, in a process and in an hour of the table. */
export const MAX_SERVICES = 100

/** Stands for the services beyond those. */
export const OTHER_SERVICES = '*'

/** Stands for the locations that name no service. */
export const NO_SERVICE = ''

/** A name that the table takes: no control character, no half of a surrogate pair. */
const NAME = /^[^\p{C}]{1,64}$/u

/** A count that its holder raises in place. */
export interface Cell {
  count: number
}

/** Checks of a service with one result. */
export interface CheckTally extends OutcomeLabels {
  readonly service: string
  readonly count: number
}

/**
 * Counts checks by service and result, for the table of tallies. The cells stay, so that a location keeps its own and a
 * check pays for an addition.
 */
export class CheckTallies {
  readonly #services = new Map<string, Map<CheckResult, Cell>>()

  /** Returns the cell of a service's result. */
  of(service: string | undefined, result: CheckResult): Cell {
    const results = this.#resultsOf(service === undefined ? NO_SERVICE : NAME.test(service) ? service : OTHER_SERVICES)
    const known = results.get(result)
    if (known) return known
    const cell = { count: 0 }
    results.set(result, cell)
    return cell
  }

  /** Returns the counts since it was last called, and begins again from zero. */
  take(): CheckTally[] {
    const taken: CheckTally[] = []
    for (const [service, results] of this.#services) {
      for (const [result, cell] of results) {
        if (cell.count === 0) continue
        taken.push({ service, ...labelsOf(result), count: cell.count })
        cell.count = 0
      }
    }
    return taken
  }

  /** Attack: a client that reaches the check itself names a new service in each request, and fills the memory. */
  #resultsOf(service: string): Map<CheckResult, Cell> {
    const known = this.#services.get(service)
    if (known) return known
    const isReserved = service === NO_SERVICE || service === OTHER_SERVICES
    if (!isReserved && this.#services.size >= MAX_SERVICES) return this.#resultsOf(OTHER_SERVICES)
    const results = new Map<CheckResult, Cell>()
    this.#services.set(service, results)
    return results
  }
}

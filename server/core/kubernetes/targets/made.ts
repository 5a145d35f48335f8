import type { FieldProblem } from '../field-problem.js'
import type { Manifest } from '../manifest.js'

/** What a gateway needs for a route, and what of the resource it cannot do and others can. */
export interface Made {
  readonly objects: readonly Manifest[]
  /** Said in the status; the route is made all the same. */
  readonly warnings: readonly FieldProblem[]
}

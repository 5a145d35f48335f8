/** A mistake in a resource: `config.scopes.all[0]`, and a sentence. */
export interface FieldProblem {
  readonly path: string
  readonly message: string
}

/** One line for the status of a resource. */
export function describeProblems(problems: readonly FieldProblem[]): string {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
}

import type { PeerKind } from './contender.js'

export interface Found {
  readonly kind: PeerKind
  /** The path of its program. */
  readonly program: string
}

/** The peers that this machine has, and the names of those that it has not. */
export function findPeers(
  kinds: readonly PeerKind[],
  pathOf: (name: string) => string | undefined,
): { readonly found: readonly Found[]; readonly missing: readonly string[] } {
  const all = kinds.map((kind) => ({ kind, program: pathOf(kind.program) }))
  return {
    found: all.flatMap(({ kind, program }) => (program === undefined ? [] : [{ kind, program }])),
    missing: all.filter(({ program }) => program === undefined).map(({ kind }) => kind.program),
  }
}

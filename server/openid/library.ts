import type * as OidcProvider from 'oidc-provider'

/** The package `oidc-provider`. */
export type Library = typeof OidcProvider

const UNSUPPORTED = 'oidc-provider WARNING: Unsupported runtime'

let loading: Promise<Library> | undefined

/**
 * Loads `oidc-provider` once, and only where it is used: it takes a third of a second.
 *
 * It prints on Node 20 at every start that it wants Node 22. The tests run there, too, and an operator can do nothing about
 * it, so that this one line is left out while it loads.
 */
export function loadLibrary(): Promise<Library> {
  loading ??= withoutWarning(() => import('oidc-provider'))
  return loading
}

async function withoutWarning<T>(work: () => Promise<T>): Promise<T> {
  const { warn } = console
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes(UNSUPPORTED)) warn(...words)
  }
  try {
    return await work()
  } finally {
    console.warn = warn
  }
}

import type { Provider } from 'oidc-provider'
import type { Context } from '../../storage/context.js'
import { createProvider } from '../provider.js'
import type { NamedKey } from './sealed-key.js'
import { SigningKeys } from './signing-keys.js'

/** Returns the provider of this process. */
export type CurrentProvider = () => Promise<Provider>

/**
 * Makes the provider at its first use, as its keys are in the database, which may be down at the start; and makes it again when
 * other keys are published or sign. It keeps nothing between two requests, so that those under way go on with the one they have.
 *
 * @param extend adds to each provider that is made
 */
export function currentProvider(
  context: Context,
  extend: (provider: Provider) => Promise<void> = async () => undefined,
): CurrentProvider {
  const signing = new SigningKeys(context)
  let made: { readonly names: string; readonly provider: Promise<Provider> } | undefined
  return async () => {
    const keys = await signing.published()
    const names = JSON.stringify(keys.map(({ kid }) => kid))
    if (made?.names === names) return made.provider
    const making = { names, provider: make(context, keys, extend) }
    made = making
    making.provider.catch(() => {
      if (made === making) made = undefined
    })
    return making.provider
  }
}

async function make(
  context: Context,
  keys: readonly NamedKey[],
  extend: (provider: Provider) => Promise<void>,
): Promise<Provider> {
  const provider = await createProvider(context, keys)
  await extend(provider)
  return provider
}

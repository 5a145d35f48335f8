import type { Context } from '../../storage/context.js'
import { GafaelfawrStores } from '../../storage/gafaelfawr/stores.js'
import { isUnavailable } from '../../storage/unavailable.js'
import { readThrough } from './read-through.js'

/** The Gafaelfawr that a process takes tokens over from. */
export interface TakeOver {
  /** Lists its tokens again: those that it made since are then taken over without a wait. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** Begins to take tokens over, where the settings name a Gafaelfawr. An outage of its stores ends nothing here. */
export async function startTakeOver(context: Context): Promise<TakeOver | undefined> {
  const { settings, outages, unsealedKeys } = context
  if (!settings.gafaelfawr) return undefined
  const stores = await GafaelfawrStores.open(settings.gafaelfawr, (error) =>
    outages.error('Connection to Gafaelfawr’s stores lost', error),
  )
  unsealedKeys.alsoIn(readThrough(context, settings.gafaelfawr, stores))
  await stores.list().catch((error: unknown) => {
    if (!isUnavailable(error)) throw error
    outages.warn('Tokens of Gafaelfawr not listed', error)
  })
  return { refresh: () => stores.list(), close: () => stores.close() }
}

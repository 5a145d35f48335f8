import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { safeFetch } from '../../../authn/issuers/safe-fetch.js'
import { type EpochSeconds, HOUR, MINUTE } from '../../../core/time.js'
import { readReportKey } from '../../../core/token/report-signature.js'

const keyList = z.object({
  public_keys: z.array(z.object({ key_identifier: z.string(), key: z.string() })).max(100),
})

const TIMEOUT_MS = 5_000

/** The keys that GitHub signs its reports of found tokens with. */
export class ScanningKeys {
  readonly #url: URL
  #keys: ReadonlyMap<string, KeyObject> = new Map()
  #fetching: Promise<ReadonlyMap<string, KeyObject>> | undefined
  #fetched: EpochSeconds = Number.NEGATIVE_INFINITY

  constructor(url: URL) {
    this.#url = url
  }

  /**
   * Finds a key by its identifier. The list is fetched again after an hour, and sooner for an unknown identifier.
   *
   * Attack: requests with made-up identifiers would make us ask GitHub without end. So it is asked once a minute at most.
   *
   * @throws when the list cannot be fetched
   */
  async find(identifier: string, now: EpochSeconds): Promise<KeyObject | undefined> {
    const age = now - this.#fetched
    const isFresh = this.#keys.has(identifier) ? age < HOUR : age < MINUTE
    if (!isFresh) await this.#refresh(now)
    return this.#keys.get(identifier)
  }

  /** Fetches the list once for all who wait for it. */
  async #refresh(now: EpochSeconds): Promise<void> {
    this.#fetching ??= fetchKeys(this.#url).finally(() => {
      this.#fetching = undefined
      this.#fetched = now
    })
    this.#keys = await this.#fetching
  }
}

async function fetchKeys(url: URL): Promise<ReadonlyMap<string, KeyObject>> {
  const response = await safeFetch(url, {
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`The list of keys answers ${response.status}`)
  const { public_keys } = keyList.parse(await response.json())
  const read = public_keys.map(({ key_identifier, key }) => [key_identifier, readReportKey(key)] as const)
  return new Map(read.flatMap(([identifier, key]) => (key ? [[identifier, key] as const] : [])))
}

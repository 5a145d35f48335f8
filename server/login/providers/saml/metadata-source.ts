import { open } from 'node:fs/promises'
import { safeFetch } from '../../../authn/issuers/safe-fetch.js'
import { DAY, type EpochSeconds, MINUTE } from '../../../core/time.js'
import type { SamlSettings } from '../../../settings/providers/saml.js'
import type { Context } from '../../../storage/context.js'
import { AnswerFault, explainSaml } from './failure.js'
import { type IdpDescription, readIdpMetadata } from './idp-metadata.js'

const TIMEOUT_MS = 10_000
/** More bytes than the metadata of one provider have; those of a federation are asked for one by one (MDQ). */
const MAX_BYTES = 1_000_000
/** For how long metadata that cannot be read again are used, where they do not say it themselves. */
const MAX_AGE = 7 * DAY

interface ReadMetadata {
  readonly at: EpochSeconds
  readonly idp: IdpDescription
}

/**
 * The metadata of a provider, from its address or a file. They are read at the first sign-in, and again in the background when they
 * are older than `metadataRefresh`: a user waits only where there are none that still hold.
 */
export class MetadataSource {
  readonly #settings: SamlSettings
  readonly #context: Pick<Context, 'clock' | 'log'>
  #read: ReadMetadata | undefined
  #tried: EpochSeconds | undefined
  #underWay: Promise<ReadMetadata> | undefined

  constructor(settings: SamlSettings, context: Pick<Context, 'clock' | 'log'>) {
    this.#settings = settings
    this.#context = context
  }

  /** @throws what {@link explainSaml} explains, if there are none that hold */
  async current(): Promise<IdpDescription> {
    const now = this.#context.clock()
    const read = this.#read
    if (!read || (read.idp.validUntil ?? read.at + MAX_AGE) <= now) return (await this.#refresh(now)).idp
    const isDue = now - read.at >= this.#settings.metadataRefresh && now - (this.#tried ?? 0) >= MINUTE
    if (isDue) this.#refresh(now).catch((error: unknown) => this.#warn(error))
    return read.idp
  }

  /** Reads the metadata; concurrent callers share one reading. */
  #refresh(now: EpochSeconds): Promise<ReadMetadata> {
    this.#tried = now
    this.#underWay ??= this.#load(now).finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  async #load(at: EpochSeconds): Promise<ReadMetadata> {
    const { metadata } = this.#settings
    const text = metadata.startsWith('/') ? await readText(metadata) : await fetchText(metadata)
    const read = { at, idp: await readIdpMetadata(text, this.#settings, at) }
    this.#read = read
    return read
  }

  #warn(error: unknown): void {
    const { cause } = explainSaml(error)
    this.#context.log.warn({ provider: this.#settings.id, cause }, 'SAML metadata not refreshed')
  }
}

async function fetchText(address: string): Promise<string> {
  const response = await safeFetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (response.status !== 200)
    throw new AnswerFault(`the metadata are answered with status ${response.status}`, 'provider_unreachable')
  return response.text()
}

async function readText(path: string): Promise<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new AnswerFault(`the file of the metadata cannot be read (${error.code})`, 'provider_failed')
  })
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0)
    if (bytesRead > MAX_BYTES) throw new AnswerFault('the file of the metadata is too large', 'provider_failed')
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

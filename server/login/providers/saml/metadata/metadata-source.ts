import { createReadStream } from 'node:fs'
import { safeFetch } from '../../../../authn/issuers/safe-fetch.js'
import { DAY, type EpochSeconds, MINUTE } from '../../../../core/time.js'
import type { SamlSettings } from '../../../../settings/providers/saml.js'
import type { Context } from '../../../../storage/context.js'
import { AnswerFault, explainSaml } from '../failure.js'
import { type IdpDescription, readIdpMetadata } from './idp-metadata.js'
import { MAX_BYTES } from './read-xml.js'

const TIMEOUT_MS = 10_000
/** Of the document itself, which a federation's 100 MB take longer. */
const TRANSFER_MS = 120_000
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
    const pieces = metadata.startsWith('/') ? readFile(metadata) : fetched(metadata)
    const read = { at, idp: await readIdpMetadata(pieces, this.#settings, at) }
    this.#read = read
    return read
  }

  #warn(error: unknown): void {
    const { cause } = explainSaml(error)
    this.#context.log.warn({ provider: this.#settings.id, cause }, 'SAML metadata not refreshed')
  }
}

/** Fetches the pieces of a document. */
async function* fetched(address: string): AsyncGenerator<Uint8Array> {
  const controller = new AbortController()
  const { signal } = controller
  const giveUp = () => controller.abort(new DOMException('The metadata take too long', 'TimeoutError'))
  let timer = setTimeout(giveUp, TIMEOUT_MS)
  try {
    const { status, body } = await safeFetch(address, { signal }, MAX_BYTES)
    if (status !== 200) throw new AnswerFault(`the metadata are answered with status ${status}`, 'provider_unreachable')
    clearTimeout(timer)
    timer = setTimeout(giveUp, TRANSFER_MS)
    if (body) yield* body
  } finally {
    clearTimeout(timer)
  }
}

/** Reads the pieces of a file. */
async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new AnswerFault(`the file of the metadata cannot be read (${code})`, 'provider_failed')
  }
}

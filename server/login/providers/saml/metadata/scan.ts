import { createHash } from 'node:crypto'
import type { SaxesTagNS } from 'saxes'
import { CanonicalXml } from '../../../../core/people/saml/canonical-xml.js'
import { DIGESTS, EXCLUSIVE } from '../algorithms.js'
import { AnswerFault } from '../failure.js'
import { METADATA, SIGNATURE } from '../xml.js'

/** The entity that was looked for, and the signature of the document that it is in. */
export interface ScannedMetadata {
  /** `EntityDescriptor` in canonical form. */
  readonly entity: string
  /** Each `validUntil` of the entity and of the groups that it is in. */
  readonly ends: readonly string[]
  /** Absent where the document has no signature, or none was wanted. */
  readonly signed?: SignedDocument
}

/** A document as its signature says that it is hashed, and the signature, which is still to be verified. */
export interface SignedDocument {
  /** `Signature` in canonical form. */
  readonly signature: string
  /** Base64. */
  readonly digest: string
}

/** More characters than an entity or a signature has. */
const MAX_LENGTH = 1_000_000
const MAX_DEPTH = 64
/** A hash takes many small texts slowly. */
const PIECE = 65_536

/**
 * Finds an entity in metadata (SAML Metadata §2.3) from the events of a parser. They may be those of a whole federation, of which
 * only the entity is kept.
 *
 * Attack: one parser reads what is signed, and another what is used. So the entity is written from the very events that are hashed.
 */
export class MetadataScan {
  readonly #wanted: string | undefined
  readonly #isHashed: boolean
  #depth = 0
  /** What came before the first child of the root, whose signature says how the root is hashed. */
  #held: (() => void)[] | undefined = []
  #signature: SignatureRecording | undefined
  #hashed: Hashing | undefined
  /** `validUntil` of the groups that the parser is in, from the root on. */
  #groups: (string | undefined)[] = []
  #entity: Recording | undefined
  #ends: (string | undefined)[] = []

  /**
   * @param wanted its `entityID`; there must be one entity where it is not given
   * @param isHashed whether the signature is wanted, too
   */
  constructor(wanted: string | undefined, isHashed: boolean) {
    this.#wanted = wanted
    this.#isHashed = isHashed
  }

  start(tag: SaxesTagNS): void {
    this.#depth += 1
    const depth = this.#depth
    if (depth > MAX_DEPTH) throw new AnswerFault('the metadata have too many elements within elements')
    if (depth === 1) this.#held?.push(() => this.#enter(tag, depth))
    else if (this.#signature?.isOpen) this.#signature.start(tag)
    else if (this.#held && tag.uri === SIGNATURE && tag.local === 'Signature') {
      this.#signature = new SignatureRecording()
      this.#signature.start(tag)
    } else {
      this.#release()
      this.#enter(tag, depth)
    }
  }

  text(text: string): void {
    if (this.#signature?.isOpen) this.#signature.text(text)
    else this.#pass((xml) => xml.text(text))
  }

  instruction(target: string, body: string): void {
    if (!this.#signature?.isOpen) this.#pass((xml) => xml.instruction(target, body))
  }

  end(): void {
    this.#depth -= 1
    if (this.#signature?.isOpen) {
      this.#signature.end()
      if (!this.#signature.isOpen) this.#release()
      return
    }
    this.#release()
    this.#pass((xml) => xml.end())
    this.#groups = this.#groups.slice(0, this.#depth)
  }

  /** @throws AnswerFault if there is no such entity */
  finish(): ScannedMetadata {
    if (!this.#entity) throw new AnswerFault('the metadata do not have the provider (idpEntityId)')
    const entity = this.#entity.recorded
    const ends = this.#ends.filter((each) => each !== undefined)
    if (!this.#signature || !this.#hashed) return { entity, ends }
    const signature = this.#signature.recorded
    return { entity, ends, signed: { signature, digest: this.#hashed.digest() } }
  }

  #release(): void {
    const held = this.#held
    if (!held) return
    this.#held = undefined
    if (this.#signature && this.#isHashed) this.#hashed = new Hashing(this.#signature)
    for (const each of held) each()
  }

  #enter(tag: SaxesTagNS, depth: number): void {
    this.#hashed?.start(tag)
    if (this.#entity?.isOpen) {
      this.#entity.start(tag)
      return
    }
    // Attack: an institute writes another one's entity among its own extensions, and the federation signs both.
    if (tag.uri !== METADATA || this.#groups.length !== depth - 1) return
    const { validUntil, entityID } = tag.attributes
    const ends = [...this.#groups, validUntil?.value]
    if (tag.local === 'EntitiesDescriptor') this.#groups = ends
    const isWanted = this.#wanted === undefined || this.#wanted === entityID?.value
    if (tag.local !== 'EntityDescriptor' || !isWanted) return
    if (this.#entity) throw new AnswerFault('the metadata have several entities: idpEntityId must name one')
    this.#entity = new Recording()
    this.#ends = ends
    this.#entity.start(tag)
  }

  /** Writes to the hash, and to the entity while the parser is in it. */
  #pass(write: (xml: CanonicalXml) => void): void {
    if (this.#held) {
      this.#held.push(() => this.#pass(write))
      return
    }
    for (const each of [this.#hashed, this.#entity]) if (each?.isOpen) write(each)
  }
}

/** Keeps an element in canonical form. */
class Recording extends CanonicalXml {
  recorded = ''

  constructor() {
    super((text) => {
      this.recorded += text
      if (this.recorded.length > MAX_LENGTH) throw new AnswerFault('an element of the metadata is too large')
    })
  }
}

/** Keeps a signature, and by which algorithm and with which prefixes it says that the document is hashed. */
class SignatureRecording extends Recording {
  algorithm = ''
  prefixes: string[] = []
  #isTransform = false

  override start(tag: SaxesTagNS): void {
    const { local, uri, attributes } = tag
    if (local === 'DigestMethod') this.algorithm = attributes.Algorithm?.value ?? ''
    if (local === 'InclusiveNamespaces' && uri === EXCLUSIVE && this.#isTransform)
      this.prefixes = (attributes.PrefixList?.value ?? '').split(/\s+/).filter((each) => each !== '')
    this.#isTransform = local === 'Transform'
    super.start(tag)
  }
}

class Hashing extends CanonicalXml {
  readonly #flush: () => Buffer

  constructor({ algorithm, prefixes }: Pick<SignatureRecording, 'algorithm' | 'prefixes'>) {
    const name = DIGESTS.get(algorithm)
    if (name === undefined) throw new AnswerFault('an algorithm that is not allowed (DigestMethod)')
    const hash = createHash(name)
    let buffered = ''
    super((text) => {
      buffered += text
      if (buffered.length < PIECE) return
      hash.update(buffered)
      buffered = ''
    }, prefixes)
    this.#flush = () => hash.update(buffered).digest()
  }

  digest(): string {
    return this.#flush().toString('base64')
  }
}

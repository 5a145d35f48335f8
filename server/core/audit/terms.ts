import { isNetwork } from '../access/ip-network.js'
import type { ExportedEvent } from './clean.js'

/** The values of an event that it is found by. */
export interface AuditTerms {
  readonly actor: string | null
  /** The owner of the object. */
  readonly owner: string | null
  readonly object: string | null
  /** The key of the acting token. */
  readonly token: string | null
  readonly address: string | null
  readonly requestId: string | null
  readonly act: string | null
  readonly refused: boolean
}

/** In characters: an index of PostgreSQL takes no long texts. */
const MAX_LENGTH = 200

/** Returns the values that an exported event is found by. */
export function termsOf(event: ExportedEvent): AuditTerms {
  const address = textIn(event, ['source', 'ip'])
  return {
    actor: termIn(event, ['user', 'name']),
    owner: termIn(event, ['user', 'target', 'name']),
    object: termIn(event, ['postern', 'object', 'id']),
    token: termIn(event, ['postern', 'token']),
    // Attack: a proxy passes on an address that PostgreSQL rejects, and no act of that client could be recorded.
    address: address !== undefined && isNetwork(address) ? address : null,
    requestId: termIn(event, ['http', 'request', 'id']),
    act: termIn(event, ['postern', 'act']),
    refused: textIn(event, ['event', 'outcome']) === 'failure',
  }
}

/** Returns a text as it is stored for searches, and compared with. */
export function termOf(text: string): string {
  return text.replaceAll('\0', '\uFFFD').slice(0, MAX_LENGTH)
}

function termIn(event: ExportedEvent, path: readonly string[]): string | null {
  const text = textIn(event, path)
  return text === undefined ? null : termOf(text)
}

/** Returns a text in an event; undefined where there is none. */
export function textIn(event: ExportedEvent, path: readonly string[]): string | undefined {
  const value = path.reduce<unknown>((within, name) => fieldOf(within, name), event)
  return typeof value === 'string' ? value : undefined
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

/** Lists every value of an event under the path of its field, such as `user.name`. */
export function fieldsOf(event: ExportedEvent): readonly (readonly [field: string, value: string])[] {
  return flattened('', event)
}

function flattened(path: string, value: unknown): (readonly [string, string])[] {
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return [[path, value.join(' ')]]
  if (typeof value !== 'object' || value === null) return [[path, String(value)]]
  return Object.entries(value).flatMap(([name, each]) => flattened(path === '' ? name : `${path}.${name}`, each))
}

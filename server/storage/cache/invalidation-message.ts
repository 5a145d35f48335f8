import { isTopic, type Topic } from './topic.js'

/** Raised whenever a replica of another release would misread a message. */
const VERSION = '1'

/** A message that replicas publish to each other, on one Redis channel. */
export type InvalidationMessage =
  | { readonly type: 'invalidate'; readonly topics: readonly Topic[] }
  | { readonly type: 'heartbeat'; readonly sender: string; readonly sequence: number }

/** Writes a message: version, type and parts, separated by spaces. None of the parts has a space in it. */
export function encodeMessage(message: InvalidationMessage): string {
  const parts = message.type === 'invalidate' ? message.topics : [message.sender, message.sequence]
  return [VERSION, message.type, ...parts].join(' ')
}

/**
 * Reads a message.
 *
 * @returns undefined for an unknown version or a malformed message: it may report any change, so the reader drops its cache
 */
export function decodeMessage(text: string): InvalidationMessage | undefined {
  const [version, type, ...parts] = text.split(' ')
  if (version !== VERSION) return undefined
  if (type === 'invalidate') {
    const topics = parts.filter(isTopic)
    return topics.length > 0 && topics.length === parts.length ? { type, topics } : undefined
  }
  const [sender = '', sequence = '', ...rest] = parts
  const isHeartbeat = type === 'heartbeat' && sender !== '' && /^\d{1,15}$/.test(sequence) && rest.length === 0
  return isHeartbeat ? { type, sender, sequence: Number(sequence) } : undefined
}

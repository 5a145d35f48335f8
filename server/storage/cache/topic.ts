import type { TokenKey } from '../../core/token/token.js'

declare const brand: unique symbol

/** A user, programs, quotas or signing keys, as the subject of a change; its colon tells it from a token key. */
type NamedTopic = string & { readonly [brand]: 'Topic' }

/**
 * Subject of a change: a token, by its key; a user, by {@link personTopic}; programs, by {@link programTopic};
 * {@link QUOTA_OVERRIDES}; or {@link SIGNING_KEYS}.
 */
export type Topic = TokenKey | NamedTopic

/** All programs, for a load that changed many. */
export const ALL_PROGRAMS = 'programs:' as NamedTopic

/** The quota overrides. */
export const QUOTA_OVERRIDES = 'quotas:' as NamedTopic

/** The keys that sign ID tokens. */
export const SIGNING_KEYS = 'signing-keys:' as NamedTopic

export function personTopic(username: string): Topic {
  return `user:${username}` as NamedTopic
}

export function programTopic(id: string): Topic {
  return `program:${id}` as NamedTopic
}

/** Neither a token key nor a user name has a colon in it. */
export function isTokenTopic(topic: Topic): topic is TokenKey {
  return !topic.includes(':')
}

const TOPIC = /^(?:[A-Za-z0-9_-]{22}|user:[^\s:]+|program:\S+|programs:|quotas:|signing-keys:)$/

/** Whether a text from outside is the topic of a change. */
export function isTopic(text: string): text is Topic {
  return TOPIC.test(text)
}

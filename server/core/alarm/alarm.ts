/** A message for the people who look after the site. It holds no secret. */
export interface Alarm {
  /** Equal alarms have equal keys, and are sent once in a window. */
  readonly key: string
  readonly text: string
}

/** In characters; a chat shows no more at once. */
const MAX_TEXT_LENGTH = 1_000

/**
 * Returns the body of a webhook in the form that Slack, Mattermost and others read.
 *
 * Attack: a client puts `<!channel>` or a link into a name. Slack reads markup in angle brackets only, so they are escaped
 * as its documentation asks.
 */
export function webhookBody(site: string, { text }: Alarm): { readonly text: string } {
  const escaped = { '&': '&amp;', '<': '&lt;', '>': '&gt;' } as const
  const plain = `Postern at ${site}: ${text}`.slice(0, MAX_TEXT_LENGTH)
  return { text: plain.replace(/[&<>]/g, (each) => escaped[each as keyof typeof escaped]) }
}

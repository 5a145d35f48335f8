import { ownUrl } from '../../core/site/base-path.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Words } from '../../words/words.js'

/** The parts of a token that its warning names. */
interface Ending {
  readonly key: string
  readonly name: string
  readonly ends: EpochSeconds
  /** Whether a use before puts the end off. */
  readonly idle: boolean
}

/** The reader of a letter, and the site that sends it. */
interface LetterHead {
  /** The user's own name, or user name. */
  readonly name: string
  readonly now: EpochSeconds
  readonly site: { readonly name: string }
  readonly baseUrl: URL
}

/** Writes the letter that warns of tokens that are about to expire. Each comes with the way to another: rotating it. */
export function expiryLetter(
  { name, now, site, baseUrl }: LetterHead,
  tokens: readonly Ending[],
  words: Words,
): { readonly subject: string; readonly text: string } {
  const count = tokens.length
  const what = { count, token: tokens[0]?.name ?? '', site: site.name }
  const lines = tokens.flatMap(({ key, name: called, ends, idle }) => [
    `  ${called}`,
    `  ${words.text('mail.expiry.ends', { at: words.moment(ends, now).exact, idle: idle ? 'yes' : 'no' })}`,
    `  ${words.text('mail.expiry.rotate')}`,
    `  ${ownUrl(baseUrl, `/auth/tokens/${key}/rotate`)}`,
    '',
  ])
  return {
    subject: words.text('mail.expiry.subject', what),
    text: [
      words.text('mail.hello', { name }),
      '',
      words.text('mail.expiry.intro', what),
      '',
      ...lines,
      words.text('mail.expiry.what'),
      '',
    ].join('\n'),
  }
}

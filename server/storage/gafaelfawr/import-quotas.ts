import { hash } from 'node:crypto'
import { GAFAELFAWR } from '../../core/gafaelfawr/source.js'
import type { Actor } from '../../core/token/history.js'
import { quotaSchema } from '../../settings/quota.js'
import type { Context } from '../context.js'
import { isMarked, mark } from '../postgres/imports/marks.js'
import { replaceQuotaOverrides } from '../quota-overrides.js'
import { readOverrides } from '../redis/quota-counters.js'

/** The key of the mark; those of tokens have no dash at this place and another length. */
const MARK = 'quota-overrides'

export type QuotaOutcome = 'none' | 'imported' | 'known' | 'invalid'

/**
 * Imports the quota overrides of Gafaelfawr, once, and only where there are none: those that were replaced or deleted here since
 * stay so.
 *
 * @param text their JSON; null where there are none
 */
export async function importQuotaOverrides(
  context: Context,
  text: string | null,
  { actor, dryRun }: { readonly actor: Actor; readonly dryRun: boolean },
): Promise<QuotaOutcome> {
  if (text === null) return 'none'
  const overrides = parse(text)
  if (!overrides) return 'invalid'
  const { prisma } = context.postgres
  if ((await isMarked(prisma, MARK)) || (await readOverrides(context.redis)) !== null) return 'known'
  if (dryRun) return 'imported'
  await replaceQuotaOverrides(context, overrides, actor)
  const fingerprint = hash('sha256', text, 'buffer')
  await mark(prisma, MARK, { source: GAFAELFAWR, fingerprint, now: context.clock() })
  return 'imported'
}

function parse(text: string) {
  try {
    return quotaSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

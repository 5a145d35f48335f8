import type { Finding } from '../../core/stores-audit/checks.js'
import { SETTLING } from '../../core/stores-audit/history.js'
import { judgePostgresToken } from '../../core/stores-audit/postgres-token.js'
import { readRedisKey } from '../../core/stores-audit/redis-key.js'
import { faultOfQuotas } from '../../core/stores-audit/site.js'
import { homeOf, isIssuedHere, type TokenKey } from '../../core/token/token.js'
import { unsealKey } from '../../openid/keys/sealed-key.js'
import { verifyChain } from '../../storage/audit/verify-chain.js'
import type { Context } from '../../storage/context.js'
import { listSealedKeys } from '../../storage/postgres/openid/keys.js'
import { keysAfter } from '../../storage/postgres/tokens.js'
import { readOverrides } from '../../storage/redis/quota-counters.js'
import { scanKeys } from '../../storage/redis/scan-keys.js'
import { tokenAt } from '../../storage/redis/tokens.js'
import { importedOf, unendedKeys, unendedOf } from '../../storage/stores-audit/history-facts.js'
import { lastRecordedQuotas } from '../../storage/stores-audit/last-quota-event.js'
import { lookAtNames, namesAlike, personNames } from '../../storage/stores-audit/names.js'
import { postgresTokenFacts } from '../../storage/stores-audit/postgres-tokens.js'
import { type Looked, lookAtRedisKeys } from '../../storage/stores-audit/redis-keys.js'
import {
  LOOSE_ROWS,
  lookAtRows,
  rowsPastEnd,
  subjectsOfRows,
  unreadableDevices,
} from '../../storage/stores-audit/rows.js'

/** One way through the stores. What is found is looked at again later: it may have been made or ended between two reads. */
export interface Pass {
  /** Names what is to be looked at, in parts. */
  subjects(): AsyncIterable<readonly string[]>
  look(subjects: readonly string[]): Promise<Looked>
}

export function passesOf(context: Context): Pass[] {
  return [
    redisKeys(context),
    postgresTokens(context),
    histories(context),
    names(context),
    ...rows(context),
    site(context),
  ]
}

function redisKeys(context: Context): Pass {
  return {
    async *subjects() {
      for await (const keys of scanKeys(context.redis, 'postern:*'))
        yield keys.filter((key) => readRedisKey(key) !== undefined)
    },
    look: (keys) => lookAtRedisKeys(context, keys),
  }
}

const TOKENS_PER_STEP = 1_000

function postgresTokens({ postgres, settings, keys: { tokenKeys }, clock }: Context): Pass {
  return {
    async *subjects() {
      for (let after = ''; ; ) {
        const keys = await keysAfter(postgres, after, TOKENS_PER_STEP)
        if (keys.length > 0) yield keys
        if (keys.length < TOKENS_PER_STEP) return
        after = keys.at(-1) ?? ''
      }
    },
    async look(keys) {
      const facts = await postgresTokenFacts(postgres, keys)
      const site = { now: clock(), knownScopes: new Set<string>(settings.knownScopes.keys()) }
      return grouped(
        facts.flatMap((each) =>
          judgePostgresToken({ ...each, isIssuedHere: isIssuedHere(tokenKeys, each.key as TokenKey) }, site),
        ),
      )
    },
  }
}

/** A token of another site whose history was imported may be imported yet. */
function histories({ postgres, redis, clock, keys: { tokenKeys } }: Context): Pass {
  const span = () => ({ now: clock(), before: clock() - SETTLING })
  return {
    subjects: () => unendedKeys(postgres, span()),
    async look(keys) {
      const imported = await importedOf(postgres, keys)
      const found = await Promise.all(
        (await unendedOf(postgres, keys, span())).map(async ({ token, username, tokenType }): Promise<Finding[]> => {
          if (!isIssuedHere(tokenKeys, token) && !imported.has(token)) return []
          const isThere = homeOf(token) === 'redis' && (await redis.exists(tokenAt(token))) > 0
          return isThere ? [] : [{ check: 'history-unended', subject: token, owner: username, detail: tokenType }]
        }),
      )
      return grouped(found.flat())
    },
  }
}

function names({ postgres }: Context): Pass {
  return { subjects: () => personNames(postgres), look: (usernames) => lookAtNames(postgres, usernames) }
}

function rows(context: Context): Pass[] {
  return LOOSE_ROWS.map((loose) => ({
    subjects: () => subjectsOfRows(context, loose),
    look: async (subjects) => grouped(await lookAtRows(context, loose, subjects)),
  }))
}

/** What is there once. Its findings are looked up together. */
function site(context: Context): Pass {
  const questions: Readonly<Record<string, () => Promise<Finding[]>>> = {
    'names alike': () => namesAlike(context.postgres),
    'past end': () => rowsPastEnd(context),
    devices: () => unreadableDevices(context),
    'signing keys': () => unopenedKeys(context),
    quotas: () => wrongQuotas(context),
    'audit chain': () => brokenChain(context),
  }
  return {
    async *subjects() {
      yield Object.keys(questions)
    },
    async look(subjects) {
      const looked = new Map<string, readonly Finding[]>()
      for (const subject of subjects) looked.set(subject, (await questions[subject]?.()) ?? [])
      return looked
    },
  }
}

async function unopenedKeys(context: Context): Promise<Finding[]> {
  const keys = await listSealedKeys(context.postgres.prisma)
  const opened = await Promise.all(keys.map(({ sealed }) => unsealKey(context, sealed)))
  return keys
    .filter((_, index) => !opened[index])
    .map(({ id, kid }) => ({ check: 'openid-key', subject: kid ?? id.toString() }))
}

async function wrongQuotas({ postgres, redis }: Context): Promise<Finding[]> {
  const fault = faultOfQuotas({ text: await readOverrides(redis), recorded: await lastRecordedQuotas(postgres) })
  return fault === undefined ? [] : [{ check: 'quota-overrides', subject: 'postern:quota-overrides', detail: fault }]
}

async function brokenChain({ postgres }: Context): Promise<Finding[]> {
  const verified = await verifyChain(postgres)
  return 'fault' in verified ? [{ check: 'audit-chain', subject: `${verified.position}`, detail: verified.fault }] : []
}

/** Groups findings by their subjects, which were looked at under the same names. */
function grouped(findings: readonly Finding[]): Looked {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) groups.set(finding.subject, [...(groups.get(finding.subject) ?? []), finding])
  return groups
}

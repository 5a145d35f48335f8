import { searchTerms } from '../../../core/search/query.js'
import type { TokenKey } from '../../../core/token/token.js'
import { findByText } from '../../../programs/list.js'
import type { Context } from '../../../storage/context.js'
import { searchPeople } from '../../../storage/postgres/search/people.js'
import {
  findLastChange,
  SEARCHED_DAYS,
  searchEndedTokens,
  searchTokens,
  searchUses,
} from '../../../storage/postgres/search/tokens.js'
import { ownerOf } from '../../../tokens/list.js'
import type { Words } from '../../../words/words.js'
import { listedProgram } from '../../programs/program-row.js'
import { pastTitle, titleOf } from '../token-row.js'
import type { Found, SearchResults } from './view-models.js'

/** How many each group shows. */
const MAX_SHOWN = 50

type Results = Omit<SearchResults, 'layout'>

/** Finds what a query, from `searchQuery`, can mean. */
export async function find(context: Context, query: string, words: Words): Promise<Results> {
  const { postgres, clock } = context
  const { text, network } = searchTerms(query)
  const now = clock()
  const [people, tokens, ended, uses, programs] =
    text === ''
      ? [[], [], [], undefined, { programs: [], more: false }]
      : await Promise.all([
          searchPeople(postgres, text, now, MAX_SHOWN + 1),
          searchTokens(postgres, text, MAX_SHOWN + 1),
          searchEndedTokens(postgres, text, now, MAX_SHOWN + 1),
          network === undefined ? undefined : searchUses(postgres, network, now, { limit: MAX_SHOWN + 1 }),
          findByText(context, text, MAX_SHOWN),
        ])
  return {
    query,
    people: bounded(people),
    tokens: bounded([
      ...tokens.map((token) => ({ ...token, what: titleOf(token, words), ended: false })),
      ...ended.map((token) => ({ ...token, what: pastTitle(token, words), ended: true })),
    ]),
    ...(uses === 'too_many' && { hasTooManyUses: true }),
    ...(uses !== undefined &&
      uses !== 'too_many' && {
        uses: bounded(uses.map((use) => ({ ...use, what: pastTitle({ ...use, type: use.type ?? 'user' }, words) }))),
      }),
    programs: {
      shown: programs.programs.map((program) => listedProgram(program, 'none', now)),
      more: programs.more,
    },
    most: MAX_SHOWN,
    days: SEARCHED_DAYS,
  }
}

function bounded<T>(found: readonly T[]): Found<T> {
  return { shown: found.slice(0, MAX_SHOWN), more: found.length > MAX_SHOWN }
}

/** Returns the own path of the only hit, if it is exactly what was asked for. */
export function onlyHit({ query, people, tokens, uses, programs }: Results): string | undefined {
  const hits = [
    ...people.shown.map(({ username, email = '' }) => ({
      names: [username, email],
      path: `/auth/admin/users/${encodeURIComponent(username)}`,
    })),
    ...tokens.shown.map(({ what, key }) => ({ names: [what], path: `/auth/admin/tokens/${key}` })),
    ...programs.shown.map(({ id }) => ({ names: [id], path: `/auth/programs/${encodeURIComponent(id)}` })),
  ]
  const [hit] = hits
  const isOnly = hits.length === 1 && uses === undefined
  return isOnly && hit?.names.some((name) => name.toLowerCase() === query.toLowerCase()) ? hit.path : undefined
}

/** Returns whether there is or was a token of this key. */
export async function isToken(context: Context, key: TokenKey): Promise<boolean> {
  const { prisma } = context.postgres
  return (await findLastChange(prisma, key)) !== undefined || (await ownerOf(context, key)) !== undefined
}

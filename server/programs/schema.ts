import { z } from 'zod'
import { parseInstant } from '../core/parse-instant.js'
import { normalEmail } from '../core/people/email.js'
import { isUsername } from '../core/people/identifiers.js'
import type { ProgramInput } from '../core/programs/history.js'
import { type Investigator, isProgramId, PROGRAM_ROLES } from '../core/programs/program.js'
import { LAST_INSTANT } from '../core/time.js'

const ID = '^(?!(?:access|from_url)$)[A-Za-z0-9][A-Za-z0-9._:+~-]{0,63}$'

export const programId = z
  .string()
  .refine(isProgramId, '1 to 64 letters, digits and . _ : + ~ -, a letter or digit first')
  .meta({ pattern: ID, description: 'The identifier of a program; capitals count' })

/** An instant that both PostgreSQL and JavaScript can store. */
const periodEnd = z
  .preprocess(
    (given) => (given === null || given === undefined ? undefined : (parseInstant(given) ?? Number.NaN)),
    z.number('not an instant, such as 2027-01-01T00:00:00Z').min(0).max(LAST_INSTANT).optional(),
  )
  .meta({
    type: ['number', 'string', 'null'],
    description: 'Public from then on. Seconds since 1970-01-01 UTC, or ISO 8601',
  })

/** PostgreSQL refuses some control characters and no list can show the others. */
const title = z
  .string()
  .trim()
  .max(500)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'has control characters')

const MAX_INVESTIGATORS = 500

const investigator = z
  .strictObject({
    username: z
      .string()
      .refine(isUsername, 'not a user name')
      .meta({ pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$', maxLength: 64 })
      .optional(),
    email: z.string().meta({ pattern: '^\\s*[^\\s@]+@[^\\s@]+\\s*$' }).optional(),
    role: z.enum(PROGRAM_ROLES).default('co-i'),
  })
  .meta({ oneOf: [{ required: ['username'] }, { required: ['email'] }] })
  .transform(({ username, email, role }, context): Investigator => {
    if ((username === undefined) === (email === undefined)) {
      context.addIssue({ code: 'custom', message: 'has to have either username or email' })
      return z.NEVER
    }
    const name = username ?? normalEmail(email ?? '')
    if (name !== undefined) return { kind: username === undefined ? 'email' : 'username', name, role }
    context.addIssue({ code: 'custom', path: ['email'], message: 'not an e-mail address' })
    return z.NEVER
  })

const investigators = z
  .array(investigator)
  .max(MAX_INVESTIGATORS)
  .default([])
  .superRefine((list, context) => {
    const named = new Set<string>()
    list.forEach(({ kind, name }, index) => {
      if (named.has(`${kind} ${name}`))
        context.addIssue({ code: 'custom', path: [index], message: `names ${name} twice` })
      named.add(`${kind} ${name}`)
    })
  })

/** A program without its identifier, as an archive tells of it. */
export const programFactsInput = z
  .strictObject({
    title: title.default(''),
    period_end: periodEnd,
    public: z.boolean().optional().describe('Public independently of the period; without it, the period decides'),
    investigators,
  })
  .superRefine(neitherForgotten)
  .meta({
    anyOf: [
      { required: ['public'] },
      { properties: { period_end: { type: ['number', 'string'] } }, required: ['period_end'] },
    ],
  })

/** A program as an archive tells of it: a line of a load, or a row of a table. */
export const programInput = programFactsInput.safeExtend({ id: programId })

/**
 * Refuses a program with neither a period nor `public`: it would be closed for ever or open at once. Most likely a column
 * was left out.
 */
function neitherForgotten(
  { period_end, public: isPublic }: { period_end?: number | undefined; public?: boolean | undefined },
  context: z.RefinementCtx,
): void {
  if (period_end !== undefined || isPublic !== undefined) return
  context.addIssue({
    code: 'custom',
    path: ['period_end'],
    message: 'is missing: give it, or say public true or false',
  })
}

export function parseProgramInput(
  id: string,
  { title, period_end, public: isPublic, investigators }: z.infer<typeof programFactsInput>,
): ProgramInput {
  return {
    id,
    title,
    public: isPublic ?? false,
    investigators,
    ...(period_end !== undefined && { periodEnd: period_end }),
  }
}

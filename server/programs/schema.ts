import { z } from 'zod'
import { CONTROLS } from '../core/invisible-text.js'
import { INSTANT_SINCE_1970, LAST_NUMBER, parseInstant } from '../core/parse-instant.js'
import { MAX_EMAIL_LENGTH, normalEmail, UNTRIMMED_EMAIL_PATTERN } from '../core/people/email.js'
import { isUsername, USERNAME_PATTERN } from '../core/people/identifiers.js'
import type { ProgramInput } from '../core/programs/history.js'
import { type Investigator, isProgramId, PROGRAM_ID, PROGRAM_ROLES, RESERVED } from '../core/programs/program.js'
import { LAST_INSTANT } from '../core/time.js'

export const programId = z
  .string()
  .refine(isProgramId, '1 to 64 letters, digits and . _ : + ~ -, a letter or digit first')
  .meta({
    pattern: PROGRAM_ID.source,
    not: { enum: [...RESERVED] },
    description: 'The identifier of a program; capitals count',
  })

/** An instant that both PostgreSQL and JavaScript can store. */
const periodEnd = z
  .preprocess(
    (given) => (given === null || given === undefined ? undefined : (parseInstant(given) ?? Number.NaN)),
    z.number('not an instant, such as 2027-01-01T00:00:00Z').min(0).max(LAST_INSTANT).optional(),
  )
  .meta({
    type: ['number', 'string', 'null'],
    maximum: LAST_NUMBER,
    pattern: INSTANT_SINCE_1970,
    description: 'Public from then on. Seconds since 1970-01-01 UTC, or ISO 8601',
  })

/** PostgreSQL refuses some control characters and no list can show the others. */
const title = z
  .string()
  .max(500)
  .trim()
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'has control characters')
  .meta({ pattern: `^[\\t-\\r ]*[^${CONTROLS}]*[\\t-\\r ]*$` })

const MAX_INVESTIGATORS = 500

const investigator = z
  .strictObject({
    username: z
      .string()
      .refine(isUsername, 'not a user name')
      .meta({ pattern: USERNAME_PATTERN, maxLength: 64 })
      .optional(),
    email: z.string().max(MAX_EMAIL_LENGTH).meta({ pattern: UNTRIMMED_EMAIL_PATTERN }).optional(),
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
  .meta({ description: 'Each once' })
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

/** {@link neitherForgotten}. */
const PUBLIC_OR_PERIOD = {
  anyOf: [
    { required: ['public'] },
    { properties: { period_end: { type: ['number', 'string'] } }, required: ['period_end'] },
  ],
}

/** A program without its identifier, as an archive tells of it. */
export const programFactsInput = z
  .strictObject({
    title: title.default(''),
    period_end: periodEnd,
    public: z.boolean().optional().describe('Public independently of the period; without it, the period decides'),
    investigators,
  })
  .superRefine(neitherForgotten)
  .meta(PUBLIC_OR_PERIOD)

/** A program as an archive tells of it: a line of a load, or a row of a table. */
export const programInput = programFactsInput.safeExtend({ id: programId }).meta(PUBLIC_OR_PERIOD)

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

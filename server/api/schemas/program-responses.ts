import { z } from 'zod'
import type { ProgramChange, ProgramFacts } from '../../core/programs/history.js'
import type { Investigator } from '../../core/programs/program.js'
import type { OwnProgram } from '../../programs/list.js'
import type { StatedGrant } from '../../programs/manage.js'
import type { StoredProgram } from '../../storage/postgres/programs/programs.js'

/* What the API sends about programs: the schemas for the documentation, and the functions that fill them. */

const instant = z.int().describe('Whole seconds since 1970-01-01 UTC')
const periodEnd = instant.nullable().describe('Public from then on; null: no end is known')
const isPublic = z.boolean().describe('Public independently of the period')

export const access = z
  .enum(['public', 'allowed', 'exclusive'])
  .describe('Readable by all; by the caller; or not by the caller')

const investigator = z
  .object({ username: z.string().optional(), email: z.string().optional(), role: z.enum(['pi', 'co-i']) })
  .meta({ id: 'Investigator', description: 'An investigator of a program, by user name or by e-mail address.' })

export const programResponse = z
  .object({
    id: z.string(),
    title: z.string(),
    period_end: periodEnd,
    public: isPublic,
    investigators: z.array(investigator),
    loaded: instant.describe('When it was first loaded'),
    updated: instant.describe('When a load last changed it'),
  })
  .meta({ id: 'Program', description: 'A program, for its managers.' })

export const ownProgramResponse = z
  .object({
    id: z.string(),
    title: z.string(),
    period_end: periodEnd,
    public: isPublic,
    role: z.enum(['pi', 'co-i', 'granted']),
    access,
  })
  .meta({ id: 'OwnProgram', description: 'A program of the caller’s, as investigator or by a grant.' })

export const programAccessResponse = z
  .object({ id: z.string(), access })
  .meta({ id: 'ProgramAccess', description: 'Whether the caller may read the data of a program now.' })

export const grantResponse = z
  .object({
    email: z.string(),
    granted_by: z.string(),
    granted: instant,
    pending: z.boolean().describe('Whether no user here has the address yet'),
  })
  .meta({ id: 'ProgramGrant', description: 'Access that the investigators of a program gave to an address.' })

const facts = z
  .object({
    title: z.string().optional(),
    period_end: instant.nullable().optional(),
    public: z.boolean().optional(),
    investigators: z.array(investigator).optional(),
  })
  .meta({ id: 'ProgramFacts', description: 'Changed fields of a program.' })

export const programChangeResponse = z
  .object({
    action: z.enum(['create', 'edit', 'delete', 'grant', 'remove']),
    actor: z.string().describe('The actor: a user name, or a name such as <operator>'),
    ip_address: z.string().nullable().describe('Null: not over the network'),
    event_time: instant,
    email: z.string().optional().describe('The address that a grant or a removal is about'),
    now: facts.optional(),
    old: facts.optional(),
  })
  .meta({ id: 'ProgramChange', description: 'A change of a program or of its grants.' })

export const loadResponse = z
  .object({ created: z.int(), changed: z.int(), unchanged: z.int() })
  .meta({ id: 'LoadedPrograms', description: 'Counts of programs that a load created, changed and left unchanged.' })

export function sentProgram(program: StoredProgram): z.infer<typeof programResponse> {
  const { id, title, periodEnd, public: isPublic, investigators, loaded, updated } = program
  const people = investigators.map(sentInvestigator)
  return { id, title, period_end: periodEnd ?? null, public: isPublic, investigators: people, loaded, updated }
}

export function sentOwnProgram({ program, standing, access: word }: OwnProgram): z.infer<typeof ownProgramResponse> {
  const { id, title, periodEnd, public: isPublic } = program
  return { id, title, period_end: periodEnd ?? null, public: isPublic, role: standing, access: word }
}

export function sentGrant({ email, grantedBy, granted, pending }: StatedGrant): z.infer<typeof grantResponse> {
  return { email, granted_by: grantedBy, granted, pending }
}

export function sentChange(change: ProgramChange): z.infer<typeof programChangeResponse> {
  const { action, actor, address, at, email, now, old } = change
  return {
    action,
    actor,
    ip_address: address ?? null,
    event_time: at,
    ...(email !== undefined && { email }),
    ...(now && { now: sentFacts(now) }),
    ...(old && { old: sentFacts(old) }),
  }
}

function sentFacts({ periodEnd: end, investigators, ...rest }: ProgramFacts): z.infer<typeof facts> {
  return {
    ...rest,
    ...(end !== undefined && { period_end: end }),
    ...(investigators && { investigators: investigators.map(sentInvestigator) }),
  }
}

function sentInvestigator({ kind, name, role }: Investigator): z.infer<typeof investigator> {
  return { [kind]: name, role }
}

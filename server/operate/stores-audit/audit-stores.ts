import { CHECKS, type Finding, inOrderOfChecks } from '../../core/stores-audit/checks.js'
import type { Context } from '../../storage/context.js'
import { mendFindings } from './mend.js'
import { type Pass, passesOf } from './passes.js'

interface Options {
  /** Whether to mend what can be mended. */
  readonly fix: boolean
  /** Waits until each act that was under way is over. */
  readonly pause: () => Promise<void>
  /** Takes each finding once, and whether it was mended. */
  readonly report: (finding: Finding, isMended: boolean) => void
}

/** How many findings there were, and how many are left. */
export interface AuditSum {
  readonly found: number
  readonly left: number
}

/** Subjects that are looked at together. */
const SUBJECTS_PER_LOOK = 200

/** Suspects that wait for the second look: a site of a million broken tokens is audited in parts. */
const MAX_SUSPECTS = 5_000

/** A mended thing may leave another behind, such as the place of a deleted token in an index. */
const MAX_ROUNDS = 3

/**
 * Compares the stores with each other, beside a serving site: what looks wrong is looked at again after a pause, and reported if it
 * is wrong in the same way. Nothing is locked, and no transaction lasts longer than a batch.
 */
export async function auditStores(context: Context, options: Options): Promise<AuditSum> {
  const first = await auditOnce(context, options)
  let mended = first.found - first.left
  for (let round = 2; mended > 0 && round <= MAX_ROUNDS; round++) {
    mended = 0
    const report = (finding: Finding, isMended: boolean) => {
      if (!isMended) return
      mended++
      options.report(finding, true)
    }
    const again = await auditOnce(context, { ...options, report })
    first.found += mended
    first.left = again.left
  }
  return first
}

async function auditOnce(context: Context, options: Options): Promise<{ found: number; left: number }> {
  const sum = { found: 0, left: 0 }
  const count = (finding: Finding, isMended: boolean) => {
    sum.found++
    if (!isMended) sum.left++
    options.report(finding, isMended)
  }
  for (const pass of passesOf(context)) await goThrough(context, pass, { ...options, report: count })
  return sum
}

/** The names of what was found at first, by the subjects that were looked at. */
type Suspects = Map<string, ReadonlySet<string>>

async function goThrough(context: Context, pass: Pass, options: Options): Promise<void> {
  const suspects: Suspects = new Map()
  for await (const subjects of pass.subjects()) {
    for (const some of inParts(subjects)) {
      for (const [subject, findings] of await pass.look(some))
        if (findings.length > 0) suspects.set(subject, new Set(findings.map(nameOf)))
    }
    if (suspects.size >= MAX_SUSPECTS) await lookAgain(context, { pass, suspects }, options)
  }
  await lookAgain(context, { pass, suspects }, options)
}

async function lookAgain(
  context: Context,
  { pass, suspects }: { readonly pass: Pass; readonly suspects: Suspects },
  { fix, pause, report }: Options,
): Promise<void> {
  if (suspects.size === 0) return
  await pause()
  for (const some of inParts([...suspects.keys()])) {
    const looked = [...(await pass.look(some))]
    const confirmed = looked.flatMap(([subject, findings]) =>
      findings.filter((finding) => suspects.get(subject)?.has(nameOf(finding))),
    )
    const findings = confirmed.sort(inOrderOfChecks)
    const mended = fix
      ? await mendFindings(
          context,
          findings.filter(({ check }) => CHECKS[check].isMended),
        )
      : new Set()
    for (const finding of findings) report(finding, mended.has(finding))
  }
  suspects.clear()
}

const nameOf = ({ check, subject }: Finding) => `${check} ${subject}`

function* inParts(subjects: readonly string[]): Generator<string[]> {
  for (let from = 0; from < subjects.length; from += SUBJECTS_PER_LOOK)
    yield subjects.slice(from, from + SUBJECTS_PER_LOOK)
}

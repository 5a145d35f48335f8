import type { CheckName, Finding } from '../../core/stores-audit/checks.js'
import { DAY } from '../../core/time.js'
import { pruneDevices } from '../../openid/device/prune.js'
import type { Context } from '../../storage/context.js'
import { toDate } from '../../storage/postgres/client.js'
import { deleteReboundRefusals } from '../../storage/postgres/identity/rebind-issuer.js'
import { LOOSE_ROWS } from '../../storage/stores-audit/rows.js'
import { sweepExpired } from '../../tokens/sweep-expired.js'
import type { Mender } from './mender.js'

const subjectsOf = (findings: readonly Finding[]) => findings.map(({ subject }) => subject)

const mendLooseRows: Mender = async ({ postgres }, findings) => {
  const mend = LOOSE_ROWS.find(({ check }) => check === findings[0]?.check)?.mend
  if (mend === undefined) return []
  await postgres.pool.query(mend, [subjectsOf(findings)])
  return findings
}

/** The jobs of the server delete such rows; here they run once. */
const sweep: Mender = async (context, findings) => {
  await sweepExpired(context)
  await pruneDevices(context)
  await deleteClientSessions(context)
  return findings
}

/** Clients could not be told of these: no server with clients ran when the sessions ended. */
async function deleteClientSessions({ postgres, clock }: Context): Promise<void> {
  await postgres.prisma.oidcSession.deleteMany({ where: { expires: { lt: toDate(clock() - DAY) } } })
}

export const MENDERS_OF_ROWS = {
  ...Object.fromEntries(LOOSE_ROWS.map(({ check }) => [check, mendLooseRows])),
  'identity-refused': async ({ postgres }, findings) => {
    await deleteReboundRefusals(postgres.prisma, subjectsOf(findings))
    return findings
  },
  'device-login': async ({ postgres }, findings) => {
    await postgres.prisma.deviceLogin.deleteMany({ where: { id: { in: subjectsOf(findings) } } })
    return findings
  },
  'past-end': sweep,
} satisfies Partial<Record<CheckName, Mender>>

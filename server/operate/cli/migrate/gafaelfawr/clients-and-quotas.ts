import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { GAFAELFAWR } from '../../../../core/gafaelfawr/source.js'
import { OperatorError } from '../../../../core/operator-error.js'
import { OPERATOR_ACTOR } from '../../../../core/token/history.js'
import { Secret } from '../../../../core/token/secret.js'
import { type ForeignClient, importForeignClient } from '../../../../openid/imported/import-client.js'
import type { Context } from '../../../../storage/context.js'
import type { DatabaseSource } from '../../../../storage/gafaelfawr/database-source.js'
import { importQuotaOverrides } from '../../../../storage/gafaelfawr/import-quotas.js'
import type { ValueSource } from '../../../../storage/gafaelfawr/value-source.js'
import type { Shell } from '../../shell.js'

interface Stores {
  readonly values: ValueSource
  readonly database: DatabaseSource
}

interface Options {
  readonly dryRun?: true
  readonly oidcClients?: string
}

const ACTOR = { username: OPERATOR_ACTOR }

/** Imports the clients of the OpenID Connect server, from the database and a file, and the quota overrides. */
export async function importClientsAndQuotas(shell: Shell, context: Context, stores: Stores, options: Options) {
  const dryRun = options.dryRun ?? false
  const clients = [...(await storedClients(stores.database)), ...readClients(options.oidcClients)]
  const counts = { imported: 0, known: 0, invalid: 0 }
  for (const client of clients) {
    const outcome = await importForeignClient(context, client, { source: GAFAELFAWR, actor: ACTOR, dryRun })
    counts[outcome]++
    if (outcome === 'invalid') shell.fail(`client ${client.id} has a return address or a hash that is not taken here`)
  }
  if (clients.length > 0) {
    shell.print(`OpenID Connect clients: ${counts.imported} imported, ${counts.known} already there.`)
  }
  const quotas = await importQuotaOverrides(context, await stores.values.quotaOverrides(), { actor: ACTOR, dryRun })
  if (quotas === 'imported') shell.print('Quota overrides: imported.')
  if (quotas === 'known') shell.print('Quota overrides: already there.')
  if (quotas === 'invalid') shell.fail('The quota overrides of Gafaelfawr have a form that is not known here.')
}

async function storedClients(database: DatabaseSource): Promise<ForeignClient[]> {
  const clients = await database.snapshot((snapshot) => snapshot.clients())
  return clients.map(({ id, secretHash, returnUri, description, notes, created }) => ({
    id,
    returnUri,
    secret: { bcrypt: secretHash },
    created,
    ...(description !== null && { description }),
    ...(notes !== null && { notes }),
  }))
}

const fileSchema = z.array(z.object({ id: z.string(), secret: z.string().min(1), return_uri: z.string() }))

/** Reads the secret `oidc-server-secrets` of Gafaelfawr up to 15.4. Errors never quote it. */
function readClients(file: string | undefined): ForeignClient[] {
  if (file === undefined) return []
  const clients = fileSchema.safeParse(parseFile(file)).data
  if (clients) {
    return clients.map(({ id, secret, return_uri: returnUri }) => ({ id, returnUri, secret: new Secret(secret) }))
  }
  throw new OperatorError(
    `${file} holds no clients.`,
    'It is the secret oidc-server-secrets: a JSON list of objects with id, secret and return_uri.',
  )
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw new OperatorError(`${file} cannot be read: ${(error as Error).message}`, 'Check --oidc-clients.')
  }
}

import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { canParseUrl } from '../../core/can-parse-url.js'
import { Secret } from '../../core/token/secret.js'

const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g
const LEAST_BITS = 2048
const KEY_RULE =
  'must be one or more RSA private keys in PEM of at least 2048 bits, such as what `openssl genrsa 2048` prints'

/** Private keys, one after another: the first signs, all are published. */
const privateKeys = z
  .string()
  .refine((text) => text.match(PEM)?.every(isRsaKey) === true, KEY_RULE)
  .transform((text) => (text.match(PEM) ?? []).map((pem) => new Secret(pem)))
  .meta({ title: 'PEM', example: 'what `openssl genrsa 2048` prints' })

function isRsaKey(pem: string): boolean {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_BITS
  } catch {
    return false
  }
}

const issuer = z
  .string()
  .refine((text) => canParseUrl(text) && isIssuer(new URL(text)), {
    error: 'must be an https URL with no query, such as https://data.example.org',
  })
  .meta({ title: 'URL' })

function isIssuer({ protocol, search, hash }: URL): boolean {
  return /^https?:$/.test(protocol) && search === '' && hash === ''
}

const listOfGafaelfawr = z.array(
  z.object({ id: z.string().min(1), secret: z.string().min(1), return_uri: z.string().min(1) }),
)

/** Gafaelfawr's list of clients, as its secret has it: JSON. */
const clients = z
  .preprocess(
    parseJson,
    z.custom<z.infer<typeof listOfGafaelfawr>>((given) => listOfGafaelfawr.safeParse(given).success, {
      error: 'must be JSON, a list of clients such as [{"id": "chronograf", "secret": "…", "return_uri": "https://…"}]',
    }),
  )
  .transform((list) =>
    list.map(({ id, secret, return_uri }) => ({ id, secret: new Secret(secret), redirectUri: return_uri })),
  )
  .meta({ title: 'JSON' })

function parseJson(given: unknown): unknown {
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given) as unknown
  } catch {
    return undefined
  }
}

/** Postern as OpenID Connect provider, by Gafaelfawr's names. */
export const oidcServerSchema = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether Postern is an OpenID Connect provider'),
    issuer: issuer.optional().describe('The issuer in its tokens, to the letter; the site’s address when not given'),
    keyId: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .transform((given) => [given].flat())
      .optional()
      .describe('The `kid` of the key, or of each key in turn; their thumbprints (RFC 7638) when not given'),
    dataRightsMapping: z
      .record(z.string(), z.array(z.string().regex(/^\S+$/, 'must be the name of a release, such as dp1')))
      .default({})
      .describe('The data releases that members of each group may see, for the claim `data_rights`'),
    clientSuffix: z
      .string()
      .regex(/^[\w.~-]*$/, 'must be letters, digits and . _ ~ - only, such as .clients.example.org')
      .default('')
      .describe('What the identifiers of new clients end with'),
    key: privateKeys
      .optional()
      .describe(
        'RSA private keys in PEM: the first signs, all are published. Generated and kept in the database when not given',
      ),
    clients: clients
      .optional()
      .describe('Gafaelfawr’s list of clients in JSON, put into the database at the first start that finds none there'),
  })
  .refine(({ keyId, key }) => keyId === undefined || keyId.length === (key?.length ?? 1), {
    path: ['keyId'],
    message: 'must name each key once, or not be given',
  })

export type OidcServerSettings = z.infer<typeof oidcServerSchema>

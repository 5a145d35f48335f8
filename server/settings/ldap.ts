import { z } from 'zod'
import { canParseUrl } from '../core/can-parse-url.js'
import { Secret } from '../core/token/secret.js'
import { waitingTime } from './values.js'

/** RFC 4512: the name of an attribute or a class, or its number. */
const name = z
  .string()
  .regex(
    /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/,
    'must be the name of an attribute or an object class, such as uid',
  )

const dn = z
  .string()
  .regex(/^[^=,]+=[^,]/, 'must be a distinguished name, such as ou=people,dc=example,dc=org')
  .meta({ example: 'ou=people,dc=example,dc=org' })

/** A host, and perhaps a port: what else an LDAP URL can say (base, filter) has settings of its own. */
const serverUrl = z
  .string()
  .refine(
    (text) => /^ldaps?:\/\/[^/?#@\s]+\/?$/i.test(text) && canParseUrl(text),
    'must be ldap://HOST[:PORT] or ldaps://HOST[:PORT], such as ldaps://ldap.example.org',
  )
  .transform((text) => new URL(text))
  .meta({ example: 'ldaps://ldap.example.org' })

/**
 * Where people's names, numbers and groups are looked up: Gafaelfawr's `ldap`, names and defaults, without Kerberos (see
 * `translate/gafaelfawr.ts`) and with what TLS needs. An attribute that is null is not looked up.
 */
export const ldapSchema = z
  .strictObject({
    url: serverUrl.describe('`ldap://HOST[:PORT]` or `ldaps://HOST[:PORT]`'),
    userDn: dn.optional().describe('The name to bind with; the bind is anonymous when not given'),
    password: z
      .string()
      .min(1, 'must not be empty')
      .transform((text) => new Secret(text))
      .optional()
      .describe('The password of `userDn`'),
    startTls: z.boolean().default(false).describe('Whether an `ldap://` connection starts TLS before the bind'),
    caFile: z.string().min(1).optional().describe('File of the certificates to trust, instead of the system’s'),
    timeout: waitingTime
      .prefault('5s')
      .refine((seconds) => seconds > 0, 'must be a second or more, such as 5s')
      .describe('Timeout of a connection, its TLS and bind included, and then of each response'),
    groupBaseDn: dn.describe('Where groups are searched'),
    groupObjectClass: name.default('posixGroup').describe('Object class of groups'),
    groupMemberAttr: name.default('member').describe('Attribute of a group that lists its members'),
    groupSearchByDn: z
      .boolean()
      .default(true)
      .describe('Whether groups list distinguished names; when false, user names'),
    nestedGroups: z
      .enum(['search', 'inChain'])
      .optional()
      .describe(
        'Whether members of a group’s member groups are in it: `search` asks for the groups of groups, level by level; `inChain` has Active Directory follow them (rule 1.2.840.113556.1.4.1941). Without it, direct members only',
      ),
    userBaseDn: dn.describe('Where users are searched'),
    userSearchAttr: name.default('uid').describe('Attribute that holds the user name'),
    nameAttr: name.nullable().default('displayName').describe('Attribute of the full name; null: not looked up'),
    emailAttr: name
      .nullable()
      .default('mail')
      .describe('Attribute of the e-mail address, which is taken as verified; null: not looked up'),
    uidAttr: name.nullable().default('uidNumber').describe('Attribute of the UID; null: not looked up'),
    gidAttr: name.nullable().default('gidNumber').describe('Attribute of the primary GID; null: not looked up'),
    systemGroups: z
      .array(z.string())
      .default([])
      .describe('Groups of the system: the API lists them apart from those of users'),
    addUserGroup: z
      .boolean()
      .default(false)
      .describe('Whether each user is also in a group with the user’s name and, as GID, the user’s UID'),
  })
  .superRefine((ldap, context) => {
    const wrong = (at: string, message: string) => context.addIssue({ code: 'custom', path: [at], message })
    // RFC 4513, 5.1.2: a bind with a name and no password succeeds on many servers, anonymously. It is never intended.
    if (ldap.userDn && !ldap.password) wrong('password', 'is needed with userDn (POSTERN_LDAP_PASSWORD)')
    if (ldap.password && !ldap.userDn) wrong('userDn', 'is needed with a password')
    if (ldap.startTls && ldap.url.protocol === 'ldaps:')
      wrong('startTls', 'is for ldap:// alone: ldaps:// is TLS already')
    if (ldap.nestedGroups && !ldap.groupSearchByDn)
      wrong('nestedGroups', 'needs groups that list distinguished names (groupSearchByDn)')
    const tls = ldap.startTls || ldap.url.protocol === 'ldaps:'
    if (ldap.caFile && !tls) wrong('caFile', 'is of no use without TLS: set startTls, or an ldaps:// url')
  })

export type LdapSettings = z.infer<typeof ldapSchema>

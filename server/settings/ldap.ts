import { z } from 'zod'
import { Secret } from '../core/token/secret.js'

/** RFC 4512: the name of an attribute or a class, or its number. */
const name = z
  .string()
  .regex(/^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/, 'must be the name of an attribute or an object class')

const dn = z.string().regex(/^[^=,]+=[^,]/, 'must be a distinguished name such as ou=people,dc=example,dc=org')

/** A host, and perhaps a port: what else an LDAP URL can say (base, filter) has settings of its own. */
const serverUrl = z
  .string()
  .refine(
    (text) => /^ldaps?:\/\/[^/?#@\s]+\/?$/i.test(text) && URL.canParse(text),
    'must be ldap://HOST[:PORT] or ldaps://HOST[:PORT]',
  )
  .transform((text) => new URL(text))

/**
 * Where people's names, numbers and groups are looked up: Gafaelfawr's `ldap`, names and defaults, without Kerberos and
 * with what TLS needs. An attribute that is null is not looked up.
 */
export const ldapSchema = z
  .strictObject({
    url: serverUrl,
    /** Whom to bind as; nobody (anonymously) when not given. */
    userDn: dn.optional(),
    password: z
      .string()
      .min(1, 'must not be empty')
      .transform((text) => new Secret(text))
      .optional(),
    /** Whether an ldap:// connection is turned into a TLS one before anything is said on it. */
    startTls: z.boolean().default(false),
    /** A file with the certificates that the server's must come from, in place of those that the system trusts. */
    caFile: z.string().min(1).optional(),
    groupBaseDn: dn,
    groupObjectClass: name.default('posixGroup'),
    groupMemberAttr: name.default('member'),
    /** Whether groups list their members' distinguished names; when false, their user names. */
    groupSearchByDn: z.boolean().default(true),
    userBaseDn: dn,
    userSearchAttr: name.default('uid'),
    nameAttr: name.nullable().default('displayName'),
    emailAttr: name.nullable().default('mail'),
    uidAttr: name.nullable().default('uidNumber'),
    gidAttr: name.nullable().default('gidNumber'),
    /** Whether everybody is also in a group that has their user name and, for its GID, their UID. */
    addUserGroup: z.boolean().default(false),
  })
  .superRefine((ldap, context) => {
    const wrong = (at: string, message: string) => context.addIssue({ code: 'custom', path: [at], message })
    // RFC 4513, 5.1.2: a bind with a name and no password succeeds on many servers, as nobody. It is never what is meant.
    if (ldap.userDn && !ldap.password) wrong('password', 'is needed with userDn (POSTERN_LDAP_PASSWORD)')
    if (ldap.password && !ldap.userDn) wrong('userDn', 'is needed with a password')
    if (ldap.startTls && ldap.url.protocol === 'ldaps:')
      wrong('startTls', 'is for ldap:// alone: ldaps:// is TLS already')
    const tls = ldap.startTls || ldap.url.protocol === 'ldaps:'
    if (ldap.caFile && !tls) wrong('caFile', 'is of no use without TLS: set startTls, or an ldaps:// url')
  })

export type LdapSettings = z.infer<typeof ldapSchema>

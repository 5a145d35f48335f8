/** How an action is classified in the Elastic Common Schema: its `event.category` and `event.type`. */
interface Classification {
  readonly category: 'api' | 'authentication' | 'configuration' | 'iam' | 'session' | 'web'
  readonly type: 'access' | 'change' | 'creation' | 'deletion' | 'end' | 'info' | 'start'
}

const as = (category: Classification['category'], type: Classification['type']): Classification => ({ category, type })

/**
 * Lists every action of an audit event. A refusal has the action that was attempted, as far as it is known: `api.call` for
 * a call that no route admitted.
 */
// biome-ignore format: a table reads in columns
export const AUDIT_ACTIONS = {
  // Tokens; a delegated one is created by a check
  'token.create':     as('iam',            'creation'),
  'token.edit':       as('iam',            'change'),
  'token.revoke':     as('iam',            'deletion'),
  'token.expire':     as('iam',            'deletion'),
  // From another site, one or a batch of them
  'token.import':     as('iam',            'creation'),
  // Refused until that is lifted, or it is revoked
  'token.suspend':    as('iam',            'change'),
  'token.lift':       as('iam',            'change'),
  // A finder reported it, and it was revoked
  'token.leaked':     as('iam',            'deletion'),

  // Signing in and out; the session is the object
  'sign-in':          as('authentication', 'start'),
  'sign-out':         as('authentication', 'end'),
  'session.revoke':   as('session',        'end'),

  // Accounts
  'account.create':   as('iam',            'creation'),
  'account.disable':  as('iam',            'change'),
  'account.enable':   as('iam',            'change'),
  'account.password': as('iam',            'change'),
  // A user name belongs to an identity from now on
  'account.bind':     as('iam',            'creation'),
  'account.release':  as('iam',            'deletion'),
  'account.rebind':   as('iam',            'change'),
  // UIDs and GIDs from another site, a batch of them
  'account.numbers':  as('iam',            'creation'),
  'account.confirm':  as('iam',            'change'),
  'passkey.create':   as('iam',            'creation'),
  'passkey.delete':   as('iam',            'deletion'),
  'passkey.use':      as('authentication', 'info'),
  'account.emergency': as('authentication', 'start'),

  // Observing programs
  'program.load':     as('configuration',  'change'),
  'program.delete':   as('configuration',  'deletion'),
  'program.grant':    as('iam',            'creation'),
  'program.remove':   as('iam',            'deletion'),

  // Clients of the OpenID Connect server
  'oidc-client.create': as('iam',          'creation'),
  'oidc-client.edit': as('iam',            'change'),
  'oidc-client.delete': as('iam',          'deletion'),
  'oidc-client.secret': as('iam',          'change'),
  // The key that signs ID tokens
  'oidc-key.rotate': as('configuration',   'change'),
  // A user agreed that a client learns of them, or withdrew that
  'consent.give':     as('iam',            'creation'),
  'consent.withdraw': as('iam',            'deletion'),
  // A user answered a device that asked to be signed in
  'device.approve':   as('authentication', 'start'),
  'device.deny':      as('authentication', 'info'),

  // The site
  'quota.replace':    as('configuration',  'change'),
  'quota.delete':     as('configuration',  'deletion'),
  'settings.load':    as('configuration',  'info'),
  'lockdown.on':      as('configuration',  'change'),
  'lockdown.off':     as('configuration',  'change'),
  'revoke.all':       as('iam',            'deletion'),
  // Begins; each account and token that it ends has an event of its own
  'incident.act':     as('iam',            'deletion'),
  // Begins before the backup's moment; all that comes after the event in a log may be missing from it
  'backup.create':    as('configuration',  'info'),
  'restore.load':     as('configuration',  'change'),
  'restore.confirm':  as('configuration',  'change'),

  // The audit of the stores mended what it had found
  'store.repair':     as('configuration',  'change'),

  // Requests and commands that were refused before an action of the above was known
  'api.call':         as('api',            'access'),
  'page.request':     as('web',            'access'),
  check:              as('web',            'access'),
  command:            as('configuration',  'access'),

  // The audit trail itself
  'audit.prune':      as('configuration',  'deletion'),
  'audit.overflow':   as('configuration',  'info'),
} as const satisfies Record<string, Classification>

export type AuditAction = keyof typeof AUDIT_ACTIONS

/** Settings that are sections with secrets inside, by the names of these. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  oidc: ['clientSecret'],
  cilogon: ['clientSecret'],
  keycloak: ['clientSecret'],
  github: ['clientSecret'],
  saml: ['privateKey', 'otherPrivateKey'],
  ldap: ['password'],
  audit: ['sinkToken'],
  events: ['sinkToken'],
  oidcServer: ['key', 'clients'],
  gafaelfawr: ['redisUrl', 'databaseUrl', 'sessionSecret'],
}

/** Sections that must not be quoted: a secret written where the section belongs must not reach a log. */
export function holdsSecret(setting: string): boolean {
  return setting in SECTIONS
}

/** One secret inside a section: which variable may bring it (also with `_FILE` behind it), and what to do with it. */
export interface InnerSecret {
  /** As {@link SECTIONS} has it; of several providers, with the provider's id between: `oidcInstituteClientSecret`. */
  readonly name: string
  /** Puts the secret in its place; false when its section is not in the configuration. */
  put(secret: string): boolean
}

/** The secrets inside the sections that are given: they stay out of the file, in the environment or in files of their own. */
export function innerSecrets(given: Record<string, unknown>): InnerSecret[] {
  const fields = Object.entries(SECTIONS).flatMap(([section, names]) => names.map((name) => [section, name] as const))
  return fields.flatMap(([section, field]) => {
    const value = given[section]
    if (!Array.isArray(value)) return [{ name: nameOf(section, field), put: putInto(given, section, field) }]
    return value.map((each: unknown, index) => {
      const id = isSection(each) && typeof each.id === 'string' ? each.id : section
      return { name: nameOf(section, id, field), put: putInto(value, index, field) }
    })
  })
}

function putInto(holder: object, at: string | number, field: string): (secret: string) => boolean {
  return (secret) => {
    const section: unknown = Reflect.get(holder, at)
    return isSection(section) && Reflect.set(holder, at, { ...section, [field]: secret })
  }
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `oidc`, `my-lab`, `clientSecret` → `oidcMyLabClientSecret`, which the environment writes OIDC_MY_LAB_CLIENT_SECRET. */
function nameOf(...words: string[]): string {
  const parts = words.flatMap((word) => word.split('-')).map((part) => part.charAt(0).toUpperCase() + part.slice(1))
  const name = parts.join('')
  return name.charAt(0).toLowerCase() + name.slice(1)
}

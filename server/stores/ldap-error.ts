/** The directory was asked and gave no answer that helps: it is away, or it refuses. */
export class LdapError extends Error {
  override readonly name = 'LdapError'
}

/** Somebody's entry cannot be believed; the message names them and says what is wrong with it. */
export class LdapEntryError extends Error {
  override readonly name = 'LdapEntryError'
}

/** Who somebody is cannot be told at the moment: an outage, like that of a store. */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable'
}

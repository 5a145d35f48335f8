import { afterAll, beforeAll } from '@jest/globals'
import { pino } from 'pino'
import { ldapSchema } from '../../../../server/settings/ldap.js'
import { LdapConnection } from '../../../../server/storage/ldap/connection.js'
import { LdapPeople } from '../../../../server/storage/ldap/search.js'
import { type DirectoryServer, startDirectoryServer } from '../../../support/peers/ldap-server.js'

type Given = Readonly<Record<string, unknown>>

/** A directory, and the users that Postern finds there. */
export interface LdapDesk {
  directory(): DirectoryServer
  /** With other settings, and with names that give something as groups. */
  people(otherwise?: Given, reserved?: readonly string[]): LdapPeople
  find(username: string, otherwise?: Given): ReturnType<LdapPeople['find']>
  /** What the last of `people` or `find` logged. */
  lines(): readonly string[]
}

/** One for the tests of a block. */
export function useLdapPeople(): LdapDesk {
  let directory: DirectoryServer
  let lines: string[] = []
  const opened: LdapConnection[] = []

  beforeAll(async () => {
    directory = await startDirectoryServer()
  })
  afterAll(async () => {
    for (const each of opened) each.close()
    await directory.stop()
  })

  function people(otherwise: Given = {}, reserved: readonly string[] = []): LdapPeople {
    lines = []
    const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
    const settings = ldapSchema.parse(directory.settings(otherwise))
    const connection = new LdapConnection(settings, () => 0, log)
    opened.push(connection)
    return new LdapPeople(settings, connection, new Set(reserved), log)
  }

  return {
    directory: () => directory,
    people,
    find: (username, otherwise) => people(otherwise).find(username),
    lines: () => lines,
  }
}

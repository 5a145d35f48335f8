import { describe, expect, it } from '@jest/globals'
import { primaryAddressFault } from '../../server/core/primary-address.js'

const SEVERAL = 'names several hosts'
const REPLICA = 'asks for a replica'

describe('the address of a primary', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['postgresql://u:p@h1/x',                                     undefined],
    ['postgresql://u:a,b@h1/x',                                   undefined],
    ['postgresql://u:p@h1/a,b',                                   undefined],
    ['postgresql://u:p@[2001:db8::1]:5432/x?sslmode=verify-full', undefined],
    ['postgresql://u:p@h1/x?application_name=a,b',                undefined],
    ['postgresql:///x?host=/var/run/postgresql',                  undefined],
    ['postgresql://u:p@h1/x?target_session_attrs=read-write',     undefined],
    ['postgresql://u:p@h1/x?target_session_attrs=primary',        undefined],
    ['postgresql://u:p@h1,h2/x',                                  SEVERAL],
    ['postgresql://h1:5432,h2:5432/x',                            SEVERAL],
    ['postgresql://u:p@h1:5432,h2:5433',                          SEVERAL],
    ['postgresql://u:a@b@h1,h2/x',                                SEVERAL],
    ['postgresql://u:p@/x?host=h1,h2&port=5432,5433',             SEVERAL],
    ['postgresql://u:p@h1/x?hostaddr=192.0.2.1%2C192.0.2.2',      SEVERAL],
    ['postgresql://u:p@h1/x?host=h1&host=h2',                     SEVERAL],
    ['postgresql://u:p@h1/x?target_session_attrs=standby',        REPLICA],
    ['postgresql://u:p@h1/x?a=b&target_session_attrs=prefer-standby', REPLICA],
  ])('%s: %s', (url, fault) => {
    const found = primaryAddressFault(url)
    if (fault === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(new RegExp(`^${fault}.*one address that leads to the primary`))
    expect(found ?? '').not.toContain('h1')
  })
})

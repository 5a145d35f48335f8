import { describe, expect, it } from '@jest/globals'
import { isUnavailable } from '../../server/storage/unavailable.js'

// biome-ignore format: a table reads in columns
const OUTAGES: readonly [what: string, error: object][] = [
  ['a write to a replica',                     { code: '25006', message: 'cannot execute INSERT in a read-only transaction' }],
  ['the same, as Prisma tells it',             { meta: { driverAdapterError: { cause: { kind: 'postgres', code: '25006' } } } }],
  ['an operator who restarts PostgreSQL',      { code: '57P01' }],
  ['a PostgreSQL that starts up',              { code: '57P03' }],
  ['a statement that an operator cancelled',   { code: '57014' }],
  ['a full disk',                              { code: '53100' }],
  ['a disk that fails',                        { code: '58030' }],
  ['a transaction that PostgreSQL gave up',    { code: '25P03' }],
  ['a deadlock with another transaction',      { code: '40P01' }],
  ['the same, as Prisma tells it',             { code: 'P2034' }],
  ["the same, as Prisma's adapter tells it",   { cause: { kind: 'TransactionWriteConflict' } }],
  ['a lock that an operator waits no more for', { code: '55P03' }],
  ['a password that was changed',              { code: '28P01' }],
  ['the same, as Prisma tells it',             { cause: { kind: 'AuthenticationFailed' } }],
  ['a pooler that found no server',            { code: '08P01' }],
  ['a pool that a stop has closed',            { message: 'Cannot use a pool after calling end on the pool' }],
  ['a server that does not greet in time',     { message: 'timeout expired' }],
  ['a connection that was given up meanwhile', { message: 'Client was closed and is not queryable' }],
  ['an answer to a question that timed out',   { message: 'Received unexpected commandComplete message from backend.' }],
  ['a pooler that ends instead of a handshake', { message: 'There was an error establishing an SSL connection' }],
  ['a server that no longer takes TLS',        { message: 'The server does not support SSL connections' }],
  ['a certificate that has expired',           { code: 'CERT_HAS_EXPIRED' }],
  ['a certificate of an unknown authority',    { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
  ['a certificate of another name',            { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
  ['a replica of Redis',                       { message: "READONLY You can't write against a read only replica." }],
  ['a password of Redis that was changed',     { message: 'WRONGPASS invalid username-password pair' }],
  ['a right of Redis that was taken',          { message: "NOPERM this user has no permissions to run the 'get' command" }],
]

// biome-ignore format: a table reads in columns
const DEFECTS: readonly [what: string, error: object][] = [
  ['a statement after one that failed',        { code: '25P02' }],
  ['a value that is there already',            { code: '23505' }],
  ['a column that is missing',                 { code: '42703' }],
  ['a right of PostgreSQL that is missing',    { code: '42501' }],
  ['a command of Redis that does not exist',   { message: "ERR unknown command 'FOO'" }],
]

describe('an outage', () => {
  it.each(OUTAGES)('is %s', (_what, error) => {
    expect(isUnavailable(error)).toBe(true)
  })

  it.each(DEFECTS)('is not %s', (_what, error) => {
    expect(isUnavailable(error)).toBe(false)
  })
})

import { expect, it } from '@jest/globals'
import { type TlsFault, tlsFaultOf } from '../../server/core/tls-fault.js'

// biome-ignore format: a table reads in columns
const FAULTS: readonly [message: string, fault: TlsFault | undefined][] = [
  ['self-signed certificate',                                                          'untrusted'],
  ['self-signed certificate in certificate chain',                                     'untrusted'],
  ['unable to verify the first certificate',                                           'untrusted'],
  ['unable to get local issuer certificate',                                           'untrusted'],
  ["Hostname/IP does not match certificate's altnames: Host: localhost.",              'other_name'],
  ['certificate has expired',                                                          'out_of_date'],
  ['certificate is not yet valid',                                                     'out_of_date'],
  ['The server does not support SSL connections',                                      'no_tls'],
  ['40E7:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl.c:',  'no_tls'],
  ['connect ECONNREFUSED 127.0.0.1:5432',                                              undefined],
  ['password authentication failed for user "postern"',                                undefined],
]

it.each(FAULTS)('%s: %s', (message, fault) => {
  expect(tlsFaultOf(new Error(message))).toBe(fault)
})

it('a fault is found below the error that it caused', () => {
  const failed = new Error('All sentinels are unreachable.', { cause: new Error('certificate has expired') })
  expect(tlsFaultOf(failed)).toBe('out_of_date')
})

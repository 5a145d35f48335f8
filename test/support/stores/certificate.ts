import { join } from 'node:path'
import { runOrFail } from '../run/processes.js'

/** A certificate of 127.0.0.1 that only it vouches for, and its key. */
export interface SelfSigned {
  readonly certificate: string
  readonly key: string
}

/** Makes a certificate in a folder. */
export async function selfSigned(folder: string): Promise<SelfSigned> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const request = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await runOrFail([...request, '-days', '2', ...subject, '-keyout', key, '-out', certificate])
  return { certificate, key }
}

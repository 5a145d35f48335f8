import { mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { answers, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'
import type { SamlKeys } from './saml-stand-in.js'

const PROGRAM = '/usr/share/simplesamlphp'

/** Debian's SimpleSAMLphp as an identity provider on loopback, with two users: `ada` and `grace`, password `secret`. */
export interface SimpleSamlPhp {
  /** Where it begins to sign its users out of every site. */
  readonly signOutUrl: string
  stop(): Promise<void>
}

/** Of an address of SimpleSAMLphp on this port. Its host is another site to a browser than 127.0.0.1 is. */
export const simpleSamlPhpAt = (port: number, path: string) => `http://localhost:${port}${path}`

/** Starts it with the metadata of sites, which it reads itself. */
export async function startSimpleSamlPhp(
  port: number,
  keys: SamlKeys,
  sites: readonly string[],
): Promise<SimpleSamlPhp> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('simplesamlphp', user)
  const at = (...names: string[]) => join(folder, ...names)
  for (const each of ['config', 'metadata', 'cert', 'log', 'sessions', 'temporary']) mkdirSync(at(each))
  writeFileSync(at('cert', 'idp.pem'), keys.key)
  writeFileSync(at('cert', 'idp.crt'), keys.certificate)
  for (const [index, site] of sites.entries()) writeFileSync(at(`site-${index}.xml`), site)
  writeFileSync(at('config', 'config.php'), php('$config', configuration(port, at, sites.length)))
  writeFileSync(
    at('config', 'authsources.php'),
    php('$config', { users: { '0': 'exampleauth:UserPass', 'ada:secret': ADA, 'grace:secret': GRACE } }),
  )
  writeFileSync(at('metadata', 'saml20-idp-hosted.php'), php("$metadata['__DYNAMIC:1__']", PROVIDER))
  handOver(folder, user)
  const env = { PATH: process.env.PATH, HOME: folder, SIMPLESAMLPHP_CONFIG_DIR: at('config') }
  const command = ['php', '-S', `localhost:${port}`, '-t', join(PROGRAM, 'www')]
  const server = startServer(command, { user, env, cwd: folder, log: at('error.log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => answers(simpleSamlPhpAt(port, '/saml2/idp/metadata.php')))
  return {
    signOutUrl: simpleSamlPhpAt(port, '/saml2/idp/initSLO.php?RelayState=/'),
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const ADA = {
  uid: ['ada'],
  eduPersonPrincipalName: ['ada@example.org'],
  displayName: ['Ada Lovelace'],
  mail: ['ada@example.org'],
  isMemberOf: ['users'],
}

const GRACE = { ...ADA, uid: ['grace'], eduPersonPrincipalName: ['grace@example.org'] }

/** As an operator writes it: signs everything, encrypts assertions, and asks sites for signed requests. */
const PROVIDER = {
  host: '__DEFAULT__',
  privatekey: 'idp.pem',
  certificate: 'idp.crt',
  auth: 'users',
  'assertion.encryption': true,
  'sign.logout': true,
  'redirect.sign': true,
  'redirect.validate': true,
  'validate.authnrequest': true,
  NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  'attributes.NameFormat': 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
  authproc: {
    '3': { class: 'saml:PersistentNameID', attribute: 'uid' },
    '100': { '0': 'name2oid', class: 'core:AttributeMap' },
  },
}

function configuration(port: number, at: (name: string) => string, sites: number) {
  const described = Array.from({ length: sites }, (_, index) => ({ type: 'xml', file: at(`site-${index}.xml`) }))
  return {
    baseurlpath: simpleSamlPhpAt(port, '/'),
    certdir: `${at('cert')}/`,
    loggingdir: `${at('log')}/`,
    datadir: `${at('temporary')}/`,
    tempdir: at('temporary'),
    metadatadir: `${at('metadata')}/`,
    'metadata.sources': [{ type: 'flatfile' }, ...described],
    attributenamemapdir: '/etc/simplesamlphp/attributemap/',
    secretsalt: 'not the default',
    'auth.adminpassword': 'not the default',
    timezone: 'UTC',
    technicalcontact_email: 'operator@example.org',
    'logging.handler': 'file',
    'enable.saml20-idp': true,
    'module.enable': { exampleauth: true, core: true, saml: true },
    'store.type': 'phpsession',
    'session.phpsession.savepath': at('sessions'),
    'session.cookie.secure': false,
    'session.cookie.samesite': null,
    'language.cookie.secure': false,
    'language.cookie.samesite': null,
    'admin.checkforupdates': false,
  }
}

/** A file that assigns a value, which is JSON: keys that are numbers become PHP's list entries. */
function php(variable: string, value: unknown): string {
  return `<?php\n${variable} = json_decode(<<<'JSON'\n${JSON.stringify(value)}\nJSON, true);\n`
}

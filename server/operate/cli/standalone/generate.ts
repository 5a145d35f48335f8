import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { formatToken, mintToken } from '../../../core/token/token.js'
import type { Shell } from '../shell.js'

const SECRET_BYTES = 48
const KEY_BITS = 2048

/** `postern generate secret|bootstrap-token|key`: secrets for the settings. It needs no settings and no store. */
export function generateCommands(shell: Shell): Command {
  const generate = new Command('generate').description('Secrets for the settings, printed once and kept nowhere.')

  generate
    .command('secret')
    .description('A master secret, for POSTERN_SECRET.')
    .action(() => shell.print(randomBytes(SECRET_BYTES).toString('base64')))

  generate
    .command('bootstrap-token')
    .description('A token for POSTERN_BOOTSTRAP_TOKEN. Remove it when the site is set up.')
    .action(() => shell.print(formatToken(mintToken('postgres', randomBytes, randomBytes(SECRET_BYTES)))))

  generate
    .command('key')
    .description('An RSA private key in PEM, for POSTERN_OIDC_SERVER_KEY.')
    .action(() => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: KEY_BITS })
      shell.print(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trimEnd())
    })

  return generate
}

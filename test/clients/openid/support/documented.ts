import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Registered } from './web-client.js'

const PAGE = readFileSync(fileURLToPath(new URL('../../../../deploy/docs/openid.md', import.meta.url)), 'utf8')

/**
 * The file for a client as `deploy/docs/openid.md` has it, with the addresses and secrets of a test in place of those there.
 *
 * @param language of the block of code, of which there is one
 */
export function documented(language: string, { origin, issuer, id, secret }: Registered): string {
  const [, file, ...others] = PAGE.split(`\`\`\`${language}\n`)
  if (file === undefined || others.length > 0) throw new Error(`The page has not one file in ${language}`)
  return file
    .slice(0, file.indexOf('```'))
    .replace(/https:\/\/(?:hub|idac|app)\.example\.\w+/g, origin)
    .replaceAll('https://data.example.org', issuer)
    .replaceAll('data.example.org', new URL(issuer).host)
    .replaceAll('CLIENT_ID', id)
    .replaceAll('CLIENT_SECRET', secret)
}

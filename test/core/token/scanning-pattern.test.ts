import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { RE2JS } from 're2js'
import { parse } from 'yaml'
import { formatToken, mintToken } from '../../../server/core/token/token.js'

const FOLDER = 'deploy/secret-scanning'
const gitleaks = /^regex = '''(.+)'''$/m.exec(readFileSync(`${FOLDER}/gitleaks.toml`, 'utf8'))?.[1] ?? ''
const trufflehog: string = parse(readFileSync(`${FOLDER}/trufflehog.yaml`, 'utf8')).detectors[0].regex.token
const pattern = RE2JS.compile(gitleaks)

const mint = (home: 'postgres' | 'redis') => formatToken(mintToken(home, randomBytes, randomBytes(32)))
const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'

function found(text: string): string | undefined {
  const matcher = pattern.matcher(text)
  return matcher.find() ? (matcher.group() ?? undefined) : undefined
}

describe('the pattern for secret scanners', () => {
  it('is the same for gitleaks, TruffleHog and GitHub', () => {
    expect(gitleaks).not.toBe('')
    expect(trufflehog).toBe(gitleaks)
    expect(readFileSync('deploy/docs/leaked-tokens.md', 'utf8')).toContain(`\n${gitleaks}\n`)
  })

  it('finds every token that is minted, of either store', () => {
    for (let count = 0; count < 500; count++) {
      const token = mint(count % 2 ? 'postgres' : 'redis')
      expect(found(token)).toBe(token)
    }
  })

  it.each([
    `export TOKEN=${TOKEN}`,
    `{"token":"${TOKEN}"}`,
    `Authorization: Bearer ${TOKEN}\n`,
    `https://x-oauth-basic:${TOKEN}@data.example.org/`,
    `(${TOKEN}).`,
    `a-${TOKEN}-b`,
  ])('finds the token in %s', (text) => {
    expect(found(text)).toBe(TOKEN)
  })

  it.each([
    TOKEN.slice(0, 25),
    TOKEN.slice(3, 25),
    TOKEN.slice(0, -1),
    `${TOKEN}x`,
    `x${TOKEN}`,
    TOKEN.replace('gt-', 'gt_'),
    TOKEN.replace('.', ','),
    'gt-<22 characters>.<22 characters>',
    `gt-${'x'.repeat(21)}5.${'x'.repeat(21)}5`,
  ])('finds none in %s', (text) => {
    expect(found(text)).toBeUndefined()
  })
})

import { REFUSALS, Refusal, type RefusalCode } from '../../server/core/access/refusal.js'
import { table } from './table.js'

const INTRODUCTION = `# Error codes

This page is made from the table in \`server/core/access/refusal.ts\` by \`npm run docs\`, and compared with it by \`test/docs/errors.test.ts\`.

Every refusal has one code of this closed set.

- The API and the pages answer with the status. The body of the API has Gafaelfawr's form,
  \`{"detail": [{"type": …, "msg": …}]}\`: \`type\` is RFC 6750's word where the table has one, else the code; \`msg\` is the sentence.
- \`/ingress/auth\` answers nginx with 401 or 403 only, and puts the status of this table in \`X-Error-Status\`, the body in \`X-Error-Body\`.
- Challenges (\`WWW-Authenticate\`) carry only RFC 6750's words.
- \`postern_checks_total\` counts refused checks by \`code\`, and the log has it as \`code\`.
`

/** The page of all error codes, as Markdown. */
export function errorsPage(): string {
  const rows = Object.entries(REFUSALS).map(([code, { status, sentence, remedy }]) => [
    `\`${code}\``,
    String(status),
    wordOf(code as RefusalCode),
    sentence,
    remedy,
  ])
  return [INTRODUCTION, table(['Code', 'Status', 'RFC 6750', 'Sentence', 'Remedy'], rows)].join('\n')
}

function wordOf(code: RefusalCode): string {
  const { word } = new Refusal(code)
  return word ? `\`${word}\`` : ''
}

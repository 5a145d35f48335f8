import { describe, expect, it } from '@jest/globals'
import { mailedKinds } from '../../../server/core/notices/mail.js'
import { NOTICE_KINDS } from '../../../server/core/notices/notice.js'
import { settingsSchema } from '../../../server/settings/schema.js'

describe('the kinds that are mailed', () => {
  const smtp = { smtpUrl: 'smtp://mail.example.org', mailFrom: 'a@example.org' }
  const kinds = (given: object) => mailedKinds(settingsSchema.parse(given))

  it('are all where the site has a mail server, and none elsewhere', () => {
    expect(kinds(smtp)).toEqual([...NOTICE_KINDS])
    expect(kinds({})).toEqual([])
  })

  it.each(NOTICE_KINDS)('are without %s where its mail, or the kind itself, is switched off', (off) => {
    const others = NOTICE_KINDS.filter((kind) => kind !== off)
    expect(kinds({ ...smtp, notices: { mail: { [off]: false } } })).toEqual(others)
    expect(kinds({ ...smtp, notices: { [off]: false } })).toEqual(others)
  })
})

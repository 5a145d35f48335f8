import { expect, it } from '@jest/globals'
import { loggedEvents } from '../storage/audit/support/events.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'

describeWith(['nginx', 'curl'], 'Behind nginx as it is shipped, the id of a request', () => {
  const { site, arrived, getWithToken } = useEchoSite('nginx', { settings: { audit: { admissions: true } } })

  it('is one for the check and the service, and no word of the client', async () => {
    await getWithToken('/portal/x', '-H', 'X-Request-Id: chosen-by-the-client')
    const [arrival] = arrived()
    const id = arrival?.headers['x-request-id']
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    const checked = loggedEvents(site().postern).filter(({ event }) => event.action === 'check')
    expect(checked.at(-1)?.http?.request?.id).toBe(id)
  })
})

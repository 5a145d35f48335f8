import { expect, it } from '@jest/globals'
import { kept } from '../../support/clients/kept.js'
import { byEachParser } from '../../support/parsers.js'
import { ASKED, startPostern } from '../../support/postern.js'

byEachParser((checkParser) => {
  it('are asked on connections that are kept, and come to it', async () => {
    const postern = await startPostern({ settings: { checkParser } })
    let [connections, byNode] = [0, 0]
    postern.server.on('connection', () => connections++).on('request', () => byNode++)
    const token = await postern.token('ada')
    for (const credential of [{}, { Authorization: `Bearer ${token}` }, { Authorization: 'Bearer gt-x' }, {}])
      await kept(postern.server)
        .get('/ingress/auth')
        .set({ ...ASKED, ...credential })
    await postern.stop()
    expect({ connections, byNode }).toEqual({ connections: 1, byNode: checkParser === 'own' ? 0 : 4 })
  })
})

import { afterAll, beforeAll } from '@jest/globals'
import { describeWith } from '../../support/run/requires.js'
import { webClientFacts } from './support/facts.js'
import { flask } from './support/flask.js'
import { hub } from './support/hub.js'
import { oauth2Proxy } from './support/oauth2-proxy.js'
import { startTwoProcesses, type TwoProcesses } from './support/site.js'

let site: TwoProcesses

beforeAll(async () => {
  site = await startTwoProcesses()
})
afterAll(() => site?.stop())

describeWith(['authlib'], 'a web application with authlib', () => webClientFacts(() => site, flask))
describeWith(['oauth2Proxy'], 'oauth2-proxy', () => webClientFacts(() => site, oauth2Proxy))
// The last, because it puts the clocks forward.
describeWith(['oauthenticator', 'hubProxy'], 'JupyterHub with oauthenticator', () => webClientFacts(() => site, hub))

import { type EchoSite, useEchoSite } from '../../support/peers/echo-site.js'
import { describeWith } from '../../support/run/requires.js'
import type { ProxyName } from '../../support/site.js'
import { moreServices } from '../more-services.js'
import { closed } from './closed.js'
import { doctor } from './doctor.js'
import { identity } from './identity.js'
import { openId } from './openid.js'
import { optional } from './optional.js'
import { wholeAddresses } from './other-names.js'
import { outages } from './outages.js'
import { PORTAL, preflights } from './preflights.js'
import { refusals } from './refusals.js'
import { requests } from './requests.js'
import { serviceAnswers } from './service-answers.js'
import { TRAITS } from './traits.js'
import { voLogin } from './vo-login.js'
import { webSockets } from './web-sockets.js'

const settings = {
  audit: { admissions: true },
  oidcServer: { enabled: true },
  // The files of the proxies read challenges.
  resourceMetadata: true,
  voLogin: { cookie: true, bearer: true },
  allowOrigins: [PORTAL],
  groupMapping: { 'exec:portal': ['users'], 'read:tap': ['users'], 'read:image': ['users'] },
  tokenCookies: ['mast_token'],
}

/** What holds behind every shipped proxy, and what holds behind this one alone, on one site that all of it shares. */
export function everyProxy(proxy: ProxyName, andThisOne: (site: EchoSite) => void = () => {}): void {
  describeWith([proxy, 'curl'], `Behind ${proxy} as it is shipped,`, () => {
    const site = useEchoSite(proxy, { settings, services: moreServices(proxy) })
    closed(site)
    identity(site)
    requests(site)
    wholeAddresses(site, TRAITS[proxy])
    refusals(site, TRAITS[proxy])
    optional(site)
    preflights(site)
    webSockets(site, TRAITS[proxy])
    serviceAnswers(site)
    doctor(site)
    openId(site)
    voLogin(site)
    andThisOne(site)
    outages(site, TRAITS[proxy])
  })
}

import { everyProxy } from './facts/every-proxy.js'
import { ledByProxy } from './facts/other-names.js'

everyProxy('newCaddy', ledByProxy)

import { everyProxy } from './facts/every-proxy.js'

everyProxy('caddy')

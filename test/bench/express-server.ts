// For comparison: the very handler of the check as a route of an Express app, where every other framework would have it.
import express from 'express'
import { ingress } from '../../server/check/ingress.js'
import { rateLimiter } from '../../server/check/rate-limiter.js'
import { openLog } from '../../server/operate/log.js'
import { open } from '../../server/operate/open.js'
import { loadSettings } from '../../server/settings/load.js'
import { Uses } from '../../server/tokens/uses.js'

const settings = loadSettings(process.env)
const log = openLog(settings)
const { context } = await open(settings, log, { role: 'server' })
const check = ingress(context, new Uses(), rateLimiter(context, log), log)

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.get('/ingress/auth', (request, response) => check(request, response))
app.listen(settings.port, settings.host, () => process.stdout.write('listening\n'))

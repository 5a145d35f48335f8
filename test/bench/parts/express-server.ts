// For comparison: the very handler of the check as a route of an Express app, where every other framework would have it.
import express from 'express'
import { createIngress } from '../../../server/ingress/handler.js'
import { rateLimiter } from '../../../server/ingress/rate-limiter.js'
import { openStores } from '../../../server/operate/lifecycle/open-stores.js'
import { openLog } from '../../../server/operate/observability/log.js'
import { loadSettings } from '../../../server/settings/load.js'
import { UsageRecorder } from '../../../server/tokens/usage-recorder.js'

const settings = loadSettings(process.env)
const log = openLog(settings)
const { context } = await openStores(settings, log, { role: 'server' })
const check = createIngress(context, new UsageRecorder(), rateLimiter(context, log), log)

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.get('/ingress/auth', (request, response) => check(request, response))
app.listen(settings.port, settings.host, () => process.stdout.write('listening\n'))

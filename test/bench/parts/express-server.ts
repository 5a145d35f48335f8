// For comparison: the very handler of the check as a route of an Express app, where every other framework would have it.
import express from 'express'
import { createIngress } from '../../../server/ingress/handler.js'
import { openStores } from '../../../server/operate/lifecycle/open-stores.js'
import { openLog } from '../../../server/operate/observability/log.js'
import { createServingContext } from '../../../server/serve.js'
import { loadSettings } from '../../../server/settings/load.js'

const settings = loadSettings(process.env)
const log = openLog(settings)
const { context } = await openStores(settings, log, { role: 'server' })
const check = createIngress(createServingContext(context))

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.get('/ingress/auth', (request, response) => check(request, response))
app.listen(settings.port, settings.host, () => process.stdout.write('listening\n'))

// A process that starts the embedded stores and keeps them, to be killed in every way: node hold.mjs <dist> <options>
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [dist, options] = process.argv.slice(2)
const { startEmbedded } = await import(pathToFileURL(path.join(dist, 'embedded/start.js')).href)
const tell = (message) => process.send(message)
// As long as somebody listens, the channel keeps the process up.
process.on('message', () => {})

try {
  const { stop, ...urls } = await startEmbedded({
    ...JSON.parse(options),
    onExit: (server, how) => tell({ exited: server, how }),
  })
  process.once('SIGTERM', async () => {
    await stop()
    process.disconnect()
  })
  tell(urls)
} catch (error) {
  tell({ error: error.message, remedy: error.remedy })
  process.disconnect()
}

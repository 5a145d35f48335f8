// What the heartbeats of many processes cost one Redis: its CPU, of one core. Run with `npm run bench:heartbeats -- 100 400`,
// with a Redis of its own on loopback; the subscribers of all processes are in this one.
import { setTimeout as sleep } from 'node:timers/promises'
import { startHeartbeatSite } from './parts/heartbeat-site.js'

const SECONDS = 5
const sizes = process.argv.slice(2).map(Number)

const site = await startHeartbeatSite()
process.stdout.write(
  '| processes | of a Redis core | commands a second | deliveries a second | a second and process |\n|---|---|---|---|---|\n',
)
try {
  for (const size of sizes.length > 0 ? sizes : [1, 100, 400]) {
    await site.grow(size)
    await sleep(1_000)
    const before = await site.read()
    await sleep(SECONDS * 1_000)
    const after = await site.read()
    const share = (after.cpuMs - before.cpuMs) / 10 / SECONDS
    const [commands, delivered] = [after.commands - before.commands, after.delivered - before.delivered].map(
      (count) => count / SECONDS,
    ) as [number, number]
    const cells = [
      size,
      `${share.toFixed(1)} %`,
      commands.toFixed(0),
      delivered.toFixed(0),
      (delivered / size).toFixed(2),
    ]
    process.stdout.write(`| ${cells.join(' | ')} |\n`)
  }
} finally {
  await site.stop()
}

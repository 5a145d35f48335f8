import { cpSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/run/ports.js'
import { answers, runOrFail, type Server, startServer, untilReady } from '../../support/run/processes.js'
import { handOver, temporaryFolder, type User, unprivilegedUser } from '../../support/run/unprivileged.js'
import { makePgSphere } from './pg-sphere.js'

export interface RunningDachs {
  readonly port: number
  stop(): Promise<void>
}

interface Database {
  readonly port: number
  readonly server: Server
  /** As in `15`. */
  readonly version: string
}

const BRIGHT_STARS = fileURLToPath(new URL('./bright-stars', import.meta.url))

/**
 * Starts GAVO DaCHS with one table, `bright.stars`, as a TAP service. Everything is its own and lives in a temporary
 * folder: a PostgreSQL cluster, settings, data. A DaCHS that is installed and used on this machine is not touched, and
 * a run that was killed leaves nothing that the next one meets.
 *
 * @param publicUrl nginx's address, which clients use: DaCHS sends them from there to their jobs
 */
export async function startDachs(publicUrl: string): Promise<RunningDachs> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('dachs', user)
  const database = await startDatabase(folder, user)
  try {
    const url = `postgresql://${user.name}@127.0.0.1:${database.port}/postgres`
    await makePgSphere(url, `/usr/share/postgresql/${database.version}`)
    const port = await freePort()
    const env = { ...process.env, HOME: folder, GAVOSETTINGS: join(folder, 'gavo.rc') }
    writeFileSync(env.GAVOSETTINGS, settings(folder, user, port, publicUrl))
    const setUp = (...args: string[]) => runOrFail([...user.prefix, 'dachs', ...args], { env, cwd: folder })
    await setUp('init', '-d', `host=127.0.0.1 port=${database.port} user=${user.name} dbname=postgres`)
    const inputs = join(folder, 'dachs/inputs/bright')
    cpSync(BRIGHT_STARS, inputs, { recursive: true })
    handOver(inputs, user)
    await setUp('imp', 'bright/q')
    await setUp('pub', '//tap')
    const log = join(folder, 'serve.log')
    const service = startServer(['dachs', 'serve', 'debug'], { user, env, cwd: folder, log, stopSignal: 'SIGTERM' })
    await untilReady(service, () => answers(`http://127.0.0.1:${port}/tap/availability`))
    return { port, stop: () => stopAll(folder, service, database.server) }
  } catch (error) {
    await stopAll(folder, database.server)
    throw error
  }
}

async function stopAll(folder: string, ...servers: Server[]): Promise<void> {
  for (const server of servers) await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function startDatabase(folder: string, user: User): Promise<Database> {
  const version = postgresqlVersion()
  const programs = `/usr/lib/postgresql/${version}/bin`
  const data = join(folder, 'postgresql')
  const initdb = ['initdb', '-D', data, '-U', user.name, '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8']
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` }
  await runOrFail([...user.prefix, ...initdb], { cwd: folder, env })
  const port = await freePort()
  const options = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    // Nothing here is worth a disk's time.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  }
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = startServer(['postgres', '-D', data, ...flags], {
    user,
    cwd: folder,
    env,
    log: join(folder, 'postgresql.log'),
    stopSignal: 'SIGINT',
  })
  await untilReady(server, async () => server.output().includes('ready to accept connections'))
  return { port, server, version }
}

/** Debian keeps PostgreSQL's own programs below its version; the newest, when several are installed. */
function postgresqlVersion(): string {
  const [newest = ''] = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))
  return newest
}

function settings(folder: string, user: User, port: number, publicUrl: string): string {
  return `[general]
rootDir: ${folder}/dachs
gavoGroup: ${user.group}
group: ${user.group}
maintainerAddress: nobody@lab.example
[web]
bindAddress: 127.0.0.1
serverPort: ${port}
serverURL: ${publicUrl}
sitename: Bright stars
user: ${user.name}
[ivoa]
authority: lab.example
`
}

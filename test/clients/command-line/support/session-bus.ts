import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { eventually } from '../../../support/eventually.js'
import { runOrFail, startServer } from '../../../support/run/processes.js'

/** The bus of a desktop's session, with a keyring that is unlocked. */
export interface SessionBus {
  /** What a program of the session has in its environment. */
  readonly env: { readonly DBUS_SESSION_BUS_ADDRESS: string }
  stop(): Promise<void>
}

/** Starts both in a home folder of their own, which gets the keyring's file. */
export async function startSessionBus(home: string): Promise<SessionBus> {
  const runtime = path.join(home, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  const env = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: runtime }
  const user = { name: '', group: '', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, prefix: [] }
  const start = (command: readonly string[], more = {}) =>
    startServer(command, {
      user,
      env: { ...env, ...more },
      cwd: home,
      log: path.join(home, 'bus.log'),
      stopSignal: 'SIGTERM',
    })

  const bus = start(['dbus-daemon', '--session', '--nofork', '--print-address=1'])
  const DBUS_SESSION_BUS_ADDRESS = await eventually(() => /^unix:\S+/m.exec(bus.output())?.[0] ?? false)
  // It reads the password of the keyring, which it makes, so that no prompt is needed.
  const password = path.join(home, 'password')
  writeFileSync(password, 'of the desktop', { mode: 0o600 })
  const unlock = `exec gnome-keyring-daemon --foreground --unlock --components=secrets < ${password}`
  const command = ['sh', '-c', unlock]
  const keyring = start(command, { DBUS_SESSION_BUS_ADDRESS })
  // Asked before it is there, the bus would start another one, whose keyring is locked.
  await eventually(() => existsSync(path.join(runtime, 'keyring/control')))
  const probe = ['secret-tool', 'store', '--label=start', 'service', 'start']
  await eventually(() => runOrFail(probe, { env: { ...env, DBUS_SESSION_BUS_ADDRESS }, input: 'start' }))
  return {
    env: { DBUS_SESSION_BUS_ADDRESS },
    async stop() {
      await keyring.stop()
      await bus.stop()
    },
  }
}

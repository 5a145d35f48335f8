import { execFileSync } from 'node:child_process'

/** Machines of a network of their own, as network namespaces of this one; the stores are at two addresses of this one. */
export interface Machines {
  /** Where PostgreSQL is, and what is not cut off. */
  readonly database: string
  /** Where Redis is. */
  readonly redis: string
  readonly names: readonly string[]
  addressOf(name: string): string
  /** The command that runs a program there. */
  within(name: string): readonly string[]
  /** Loses every packet between a machine and Redis; no connection is closed. */
  cutFromRedis(name: string): void
  mend(name: string): void
  remove(): void
}

/** Whether this user may make network namespaces. */
export function canHaveMachines(): boolean {
  try {
    execFileSync('unshare', ['--net', 'true'], { stdio: 'ignore' })
    ip('-V')
    return true
  } catch {
    return false
  }
}

/** Makes so many machines. Names and addresses are of this process, so that two runs do not meet. */
export function makeMachines(count: number): Machines {
  const mark = process.pid % 10_000
  const network = `10.213.${process.pid % 250}`
  const bridge = `pbr${mark}`
  const [database, redis] = [`${network}.1`, `${network}.2`]
  const names = Array.from({ length: count }, (_, index) => `pst${mark}-${index + 1}`)
  const addressOf = (name: string) => `${network}.${11 + names.indexOf(name)}`
  const undone: string[][] = []
  /** Runs a command, and notes what undoes it. */
  const make = (command: string, undo?: string) => {
    ip(...command.split(' '))
    if (undo) undone.unshift(undo.split(' '))
  }
  const remove = () => {
    for (const command of undone.splice(0)) {
      try {
        ip(...command)
      } catch {
        // It went with another.
      }
    }
  }
  try {
    make(`link add ${bridge} type bridge`, `link del ${bridge}`)
    for (const address of [database, redis]) make(`addr add ${address}/24 dev ${bridge}`)
    make(`link set ${bridge} up`)
    for (const [index, name] of names.entries()) {
      make(`netns add ${name}`, `netns del ${name}`)
      const link = `pv${mark}-${index + 1}`
      make(`link add ${link} type veth peer name eth0 netns ${name}`)
      make(`link set ${link} master ${bridge} up`)
      make(`-n ${name} addr add ${addressOf(name)}/24 dev eth0`)
      make(`-n ${name} link set eth0 up`)
      make(`-n ${name} link set lo up`)
    }
  } catch (error) {
    remove()
    throw error
  }
  return {
    database,
    redis,
    names,
    addressOf,
    within: (name) => ['ip', 'netns', 'exec', name],
    cutFromRedis(name) {
      make(`-n ${name} route add blackhole ${redis}/32`)
      make(
        `rule add from ${redis} to ${addressOf(name)} blackhole`,
        `rule del from ${redis} to ${addressOf(name)} blackhole`,
      )
    },
    mend(name) {
      ip('-n', name, 'route', 'del', 'blackhole', `${redis}/32`)
      ip('rule', 'del', 'from', redis, 'to', addressOf(name), 'blackhole')
    },
    remove,
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

import { isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

const HOST = /^(POSTERN(?:_[A-Z\d_]+)?)_SERVICE_HOST$/
const SERVICE_PORT = /^SERVICE_PORT(?:_[A-Z\d_]+)?$/
const PORT = /^PORT(?:_(\d+)_(TCP|UDP|SCTP)(?:_(PROTO|PORT|ADDR))?)?$/
const URL_OF_PORT = /^(?:tcp|udp|sctp):\/\/(.+):\d+$/

/**
 * Takes out the service links: variables that Kubernetes sets in every pod of a namespace for each Service there.
 *
 * Of the Service `postern-checks` they begin with `POSTERN_CHECKS_`, as settings do. Names and values must both have
 * Kubernetes' form, and belong to the address in `…_SERVICE_HOST`: what else begins with `POSTERN_` is a setting, or a
 * mistake that the operator is told of.
 */
export function withoutServiceLinks(environment: Environment): Environment {
  const names = Object.keys(environment)
  const hosts = names.flatMap((name) => {
    const prefix = HOST.exec(name)?.[1]
    const address = environment[name] ?? ''
    return prefix !== undefined && isIP(address) !== 0 ? [{ prefix: `${prefix}_`, address }] : []
  })
  const isLink = (name: string) =>
    hosts.some(
      ({ prefix, address }) =>
        name.startsWith(prefix) && isLinkTo(address, name.slice(prefix.length), environment[name] ?? ''),
    )
  return Object.fromEntries(names.filter((name) => !isLink(name)).map((name) => [name, environment[name]]))
}

/** Whether a variable, by its name after the Service's and its value, is one that a Service at this address gets. */
function isLinkTo(address: string, name: string, value: string): boolean {
  if (name === 'SERVICE_HOST') return true
  if (SERVICE_PORT.test(name)) return /^\d+$/.test(value)
  const match = PORT.exec(name)
  if (!match) return false
  const [, port, protocol, part] = match
  if (part === 'PROTO') return value === protocol?.toLowerCase()
  if (part === 'PORT') return value === port
  if (part === 'ADDR') return value === address
  return URL_OF_PORT.exec(value)?.[1] === (isIP(address) === 6 ? `[${address}]` : address)
}

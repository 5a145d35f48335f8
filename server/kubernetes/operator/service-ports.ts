import { z } from 'zod'
import type { PortLookup } from '../site.js'
import type { KindInformers } from './informers.js'

const service = z.looseObject({
  spec: z.looseObject({
    ports: z.array(z.looseObject({ name: z.string().optional(), port: z.number() })).default([]),
  }),
})

/** Finds named ports of Services, and which resources have asked for them. */
export class ServicePorts {
  /** The resources by the Service, `namespace/name`, that they name a port of. */
  readonly #asked = new Map<string, Set<string>>()
  readonly #watch: () => KindInformers
  #services: KindInformers | undefined

  /** @param watch has Services watched: from the first time on that a resource names a port */
  constructor(watch: () => KindInformers) {
    this.#watch = watch
  }

  /** Settles when the Services that were asked for are known, if they can be. */
  async looked(): Promise<void> {
    await this.#services?.looked()
  }

  /** The lookup of one resource. */
  lookupFor(resource: string): PortLookup {
    return (namespace, name, port) => {
      const key = `${namespace}/${name}`
      const asked = this.#asked.get(key) ?? new Set()
      this.#asked.set(key, asked.add(resource))
      this.#services ??= this.#watch()
      const found = service.safeParse(this.#services.get(key))
      return found.data?.spec.ports.find((each) => each.name === port)?.port
    }
  }

  /** The resources that may have to be made anew when a Service changes. */
  resourcesOf(key: string): ReadonlySet<string> {
    return this.#asked.get(key) ?? new Set()
  }

  /** For a resource that is gone. */
  drop(resource: string): void {
    for (const [key, asked] of this.#asked) if (asked.delete(resource) && asked.size === 0) this.#asked.delete(key)
  }
}

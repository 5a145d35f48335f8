import { describe, expect, it } from '@jest/globals'
import { Reception } from '../../../server/storage/cache/reception.js'

interface Channels {
  readonly own?: boolean
  readonly all?: boolean
}

/** A tick of a process whose heartbeats arrive at once, on the channels that work; `other` sends to all. */
function beat(reception: Reception, { own = true, all = true }: Channels = {}): void {
  reception.tick()
  if (reception.isProofDue) {
    const number = reception.next()
    if (own) reception.heardOwn(number)
  }
  if (all) reception.heardAll('other')
}

function listening(name = 'name'): Reception {
  const reception = new Reception(name)
  reception.listen()
  beat(reception)
  expect(reception.isComplete).toBe(true)
  return reception
}

/** How many ticks it takes until invalidations are no longer taken to arrive. */
function ticksUntilOverdue(reception: Reception, channels: Channels): number {
  for (let count = 1; count < 100; count++) {
    beat(reception, channels)
    if (reception.isOverdue) return count
  }
  return Number.POSITIVE_INFINITY
}

describe('invalidations', () => {
  it('arrive while heartbeats do on both channels', () => {
    expect(ticksUntilOverdue(listening(), {})).toBe(Number.POSITIVE_INFINITY)
  })

  it('do not arrive once all is silent for a second', () => {
    expect(ticksUntilOverdue(listening(), { own: false, all: false })).toBe(5)
  })

  it('do not arrive once the channel of all is silent, which its own heartbeats do not make up for', () => {
    expect(ticksUntilOverdue(listening(), { all: false })).toBe(5)
  })

  it('do not arrive once four of its own heartbeats are missing, which those to all do not make up for', () => {
    expect(ticksUntilOverdue(listening(), { own: false })).toBe(8)
  })

  it.each([
    ['its own channel', { all: false }],
    ['the channel of all', { own: false }],
  ])('are not known to arrive after a loss from what was heard on %s alone', (_channel, channels) => {
    const reception = listening()
    const before = reception.next()
    reception.begin()
    reception.heardOwn(before)
    expect(reception.isComplete).toBe(false)
    beat(reception, channels)
    expect(reception.isComplete).toBe(false)
    beat(reception)
    expect(reception.isComplete).toBe(true)
  })

  it('are not known to arrive from a heartbeat that was sent before the loss', () => {
    const reception = listening()
    const before = reception.next()
    reception.begin()
    reception.heardAll('other')
    reception.heardOwn(before)
    expect(reception.isComplete).toBe(false)
  })
})

describe('the subscription', () => {
  it('is made anew at once where the channel of all alone is silent, and late where Redis is silent', () => {
    const deaf = listening()
    expect(ticksUntilOverdue(deaf, { all: false })).toBe(5)
    expect(deaf.isBroken).toBe(true)
    const cut = listening()
    const broken = Array.from({ length: 90 }, (_, index) => {
      beat(cut, { own: false, all: false })
      return cut.isBroken ? index + 1 : 0
    }).filter(Boolean)
    expect(broken).toEqual([40, 80])
  })
})

/** Processes that tick one after the other, spread over a tick; every heartbeat arrives before the next process ticks. */
class Site {
  own = 0
  toAll = 0
  readonly processes: Reception[]
  /** Whose subscription is open. */
  readonly isListening = new Set<Reception>()

  constructor(size: number) {
    this.processes = Array.from({ length: size }, (_, index) => new Reception(String((index * 77) % 1000).padStart(4)))
    for (const each of this.processes) {
      each.listen()
      this.isListening.add(each)
    }
  }

  tick(answers = true): void {
    for (const each of this.processes) {
      each.tick()
      if (!each.isProofDue) continue
      this.own++
      const number = each.next()
      const { isSender } = each
      if (answers) each.heardOwn(number)
      if (isSender || (answers && each.isToTakeOver)) this.#sendToAll(each)
    }
  }

  #sendToAll(sender: Reception): void {
    this.toAll++
    const name = this.nameOf(sender)
    for (const each of this.isListening) each.heardAll(name)
  }

  nameOf(each: Reception): string {
    return String((this.processes.indexOf(each) * 77) % 1000).padStart(4)
  }

  /** The heartbeats of so many ticks. */
  count(ticks: number): { readonly own: number; readonly toAll: number } {
    const [own, toAll] = [this.own, this.toAll]
    for (let tick = 0; tick < ticks; tick++) this.tick()
    return { own: this.own - own, toAll: this.toAll - toAll }
  }
}

describe('of many processes', () => {
  it.each([1, 4, 40, 400])(
    'one sends to all at each tick, and the others prove themselves each fourth, of %i',
    (size) => {
      const site = new Site(size)
      site.count(10)
      const { own, toAll } = site.count(100)
      expect(toAll).toBe(100)
      expect(own).toBe(100 + (size - 1) * 25)
      expect(site.processes.filter(({ isSender }) => isSender)).toHaveLength(1)
    },
  )

  it('another sends to all when the one that did has stopped, before any gives up its memory', () => {
    const site = new Site(40)
    site.count(10)
    const stopped = site.processes.findIndex(({ isSender }) => isSender)
    const [gone] = site.processes.splice(stopped, 1)
    if (gone) site.isListening.delete(gone)
    for (let tick = 0; tick < 20; tick++) {
      site.tick()
      expect(site.processes.filter(({ isOverdue }) => isOverdue)).toEqual([])
    }
    expect(site.processes.filter(({ isSender }) => isSender)).toHaveLength(1)
  })

  it('of two that began at once the first by name goes on', () => {
    const [first, second] = [listening('a'), listening('b')]
    for (const each of [first, second]) for (const name of ['b', 'a']) each.heardAll(name)
    expect([first.isSender, second.isSender]).toEqual([true, false])
    const [third, fourth] = [listening('a'), listening('b')]
    for (const each of [third, fourth]) for (const name of ['a', 'b']) each.heardAll(name)
    for (const each of [third, fourth]) each.heardAll('a')
    expect([third.isSender, fourth.isSender]).toEqual([true, false])
  })

  it('none begins to send to all while Redis answers none: each would make it slower', () => {
    const site = new Site(40)
    site.count(10)
    for (const each of site.processes) each.begin()
    const { toAll } = site
    for (let tick = 0; tick < 30; tick++) site.tick(false)
    expect(site.toAll).toBe(toAll)
  })
})

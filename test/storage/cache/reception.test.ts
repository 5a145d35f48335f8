import { describe, expect, it } from '@jest/globals'
import { Reception } from '../../../server/storage/cache/reception.js'

/** A process whose heartbeats arrive at once, on the channels that work. */
function beat(reception: Reception, { own = true, all = true, draw = 1 } = {}): void {
  reception.tick()
  const number = reception.next()
  const toAll = reception.isQuiet(draw)
  if (own) reception.heardOwn(number)
  if (toAll && all) reception.heardAll()
}

function listening(): Reception {
  const reception = new Reception()
  reception.listen()
  beat(reception)
  expect(reception.isComplete).toBe(true)
  return reception
}

/** How many ticks it takes until invalidations are no longer taken to arrive. */
function ticksUntilOverdue(reception: Reception, channels: { own?: boolean; all?: boolean }): number {
  for (let count = 1; count < 100; count++) {
    beat(reception, channels)
    if (reception.isOverdue) return count
  }
  return Number.POSITIVE_INFINITY
}

describe('invalidations', () => {
  it('arrive while heartbeats do on both channels, also of a process that is alone', () => {
    expect(ticksUntilOverdue(listening(), {})).toBe(Number.POSITIVE_INFINITY)
  })

  it('do not arrive once four heartbeats of its own are missing', () => {
    expect(ticksUntilOverdue(listening(), { own: false, all: false })).toBe(4)
  })

  it('do not arrive once the channel of all is silent, which its own heartbeats do not make up for', () => {
    expect(ticksUntilOverdue(listening(), { all: false })).toBe(6)
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
    reception.heardAll()
    reception.heardOwn(before)
    expect(reception.isComplete).toBe(false)
  })
})

describe('the subscription', () => {
  it('is made anew at once where the channel of all alone is silent, and late where Redis is silent', () => {
    const deaf = listening()
    expect(ticksUntilOverdue(deaf, { all: false })).toBe(6)
    expect(deaf.isBroken).toBe(true)
    const cut = listening()
    const broken = Array.from({ length: 90 }, (_, index) => {
      beat(cut, { own: false, all: false })
      return cut.isBroken ? index + 1 : 0
    }).filter(Boolean)
    expect(broken).toEqual([40, 80])
  })
})

describe('heartbeats to all', () => {
  /** Processes that tick one after the other, spread over a tick; every heartbeat arrives before the next process ticks. */
  function sentIn(ticks: number, processes: number): number {
    const receptions = Array.from({ length: processes }, listening)
    let sent = 0
    let draw = 0
    for (let tick = 0; tick < ticks; tick++) {
      for (const reception of receptions) {
        reception.tick()
        reception.heardOwn(reception.next())
        draw = (draw * 5 + 77) % 256
        if (!reception.isQuiet(draw)) continue
        sent++
        for (const each of receptions) each.heardAll()
      }
    }
    return sent
  }

  it.each([1, 4, 40, 400])('are at most one a tick of all together, of %i processes', (processes) => {
    const sent = sentIn(100, processes)
    expect(sent).toBeGreaterThanOrEqual(25)
    expect(sent).toBeLessThanOrEqual(100)
  })

  it('are not sent while Redis answers no process: each would make it slower', () => {
    const reception = listening()
    let sent = 0
    for (let tick = 0; tick < 30; tick++) {
      reception.tick()
      reception.next()
      if (reception.isQuiet(0)) sent++
    }
    expect(sent).toBe(0)
  })
})

import { describe, expect, it } from '@jest/globals'
import { chanceOf } from '../support/chance.js'
import { dieAtEveryWrite, dieAtSomeWrites } from './deaths.js'

/** Scenes by how many writes each has: a server dies at those. */
function trialOf(writes: Readonly<Record<string, number>>) {
  const died: string[] = []
  return {
    died,
    scenes: Object.keys(writes).map((name) => ({ name })),
    play: async ({ name }: { name: string }, dies: string) => Number(dies.split(' ')[1]) <= (writes[name] ?? 0),
    onDeath: (what: string) => void died.push(what),
  }
}

describe('servers that are to die in the middle of operations', () => {
  it('die before and after each write of each', async () => {
    const trial = trialOf({ creating: 2, editing: 1 })
    expect(await dieAtEveryWrite(trial)).toBe(6)
    expect(trial.died).toEqual([
      'creating: dead before write 1',
      'creating: dead before write 2',
      'creating: dead after write 1',
      'creating: dead after write 2',
      'editing: dead before write 1',
      'editing: dead after write 1',
    ])
  })

  it('die so often as was asked for, where writes are drawn by lot', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const trial = trialOf({ creating: 2, editing: 1 })
      expect(await dieAtSomeWrites(trial, chanceOf(seed), 5)).toBe(5)
      expect(trial.died).toHaveLength(5)
    }
  })

  it('stop the campaign when none dies in a scene, at every write or by lot: it would prove nothing', async () => {
    const misjudged = 'No server died while editing'
    await expect(dieAtEveryWrite(trialOf({ creating: 2, editing: 0 }))).rejects.toThrow(misjudged)
    for (let seed = 1; seed <= 50; seed++) {
      await expect(dieAtSomeWrites(trialOf({ creating: 2, editing: 0 }), chanceOf(seed), 50)).rejects.toThrow(misjudged)
    }
  })
})

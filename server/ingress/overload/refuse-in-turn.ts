import { RefusalQueue, TURN_MS } from '../../core/overload/refusal-queue.js'

/** Sends an answer to a shed request, now or in a moment. */
export type RefuseInTurn = (send: () => void) => void

/**
 * Creates what sends the answers to shed requests, each in its turn.
 *
 * @param connections the most that the listener has
 */
export function refuseInTurn(connections: number): RefuseInTurn {
  const queue = new RefusalQueue<() => void>(connections)
  let timer: NodeJS.Timeout | undefined
  const turn = () => {
    if (queue.isIdle) {
      clearInterval(timer)
      timer = undefined
    }
    queue.turn()
    for (let send = queue.next(); send; send = queue.next()) send()
  }
  return (send) => {
    timer ??= setInterval(turn, TURN_MS).unref()
    if (!queue.holds(send)) send()
  }
}

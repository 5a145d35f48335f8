import { Command } from 'ioredis'
import type { RedisClient } from '../../../server/storage/redis/client.js'

/** What is lost of a command. */
export type Lost = 'question' | 'answer'

/** Has a Redis answer so many commands more. Of those after them either the question or the answer is lost. */
export function goAwayAfter(redis: RedisClient, commands: number, lost: Lost): () => void {
  const { sendCommand } = redis
  let asked = 0
  Object.assign(redis, {
    sendCommand: (command: Command) => {
      if (asked++ < commands) return sendCommand.call(redis, command)
      const sent = lost === 'answer' ? sendCommand.call(redis, new Command(command.name, command.args)) : undefined
      void Promise.resolve(sent).finally(() => command.reject(new Error('Connection is closed.')))
      return command.promise
    },
  })
  return () => Reflect.deleteProperty(redis, 'sendCommand')
}

// Loaded before the server, which is otherwise as it is shipped. It gives the server a clock that can be stepped, and ends
// the server by SIGKILL at a write that the request names: `X-Dies: before 3` when it is about to send its third write to a
// store, `X-Dies: after 3` when it has sent it and has not received the outcome.
import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { Server } from 'node:http'
import { Redis } from 'ioredis'
import pg from 'pg'

const { FAULTS_CLOCK } = process.env
if (FAULTS_CLOCK) stepClock(FAULTS_CLOCK)

function stepClock(file) {
  const System = Date
  let aheadMs = 0
  globalThis.Date = class extends System {
    constructor(...given) {
      if (given.length === 0) super(System.now() + aheadMs)
      else super(...given)
    }
    static now() {
      return System.now() + aheadMs
    }
  }
  setInterval(() => {
    aheadMs = Number(readFileSync(file, 'utf8')) * 1000
  }, 20).unref()
}

const dying = new AsyncLocalStorage()

/** Goes on; or, for a request that says so, with that death planned. */
const plan = (dies, go) => {
  const [when, number] = dies?.split(' ') ?? []
  return when ? dying.run({ when, left: Number(number) }, go) : go()
}

const emit = Server.prototype.emit
Server.prototype.emit = function (event, what, ...rest) {
  if (event !== 'connection')
    return plan(event === 'request' ? what.headers['x-dies'] : undefined, () => emit.call(this, event, what, ...rest))
  watchEvents(what)
  const isHeard = emit.call(this, event, what, ...rest)
  watchReads(what)
  return isHeard
}

/** Plain checks are answered before there is a request: their head is read as it comes, which is in one piece. */
const planIn = (head) => /^x-dies: (.*?)\r$/im.exec(head)?.[1]

function watchEvents(socket) {
  const heard = socket.emit
  socket.emit = function (event, ...rest) {
    const dies = event === 'data' ? planIn(rest[0].toString('latin1')) : undefined
    return plan(dies, () => heard.call(this, event, ...rest))
  }
}

/** The same where the socket reads into a buffer that it was given, and tells of no data: see `receive.ts`. */
function watchReads(socket) {
  const place = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'kBufferCb')
  const take = place && socket[place]
  if (!take) return
  socket[place] = (length, buffer) => plan(planIn(buffer.toString('latin1', 0, length)), () => take(length, buffer))
}

/** Does a write, or dies just before or just after it was sent. */
function write(send) {
  const death = dying.getStore()
  if (!death || --death.left !== 0) return send()
  if (death.when === 'after') send()
  process.kill(process.pid, 'SIGKILL')
}

const NO_WRITE = /^\s*(?:select|begin|start|set|show|deallocate)\b/i
const query = pg.Client.prototype.query
pg.Client.prototype.query = function (what, ...rest) {
  const text = typeof what === 'string' ? what : (what?.text ?? '')
  const send = () => query.call(this, what, ...rest)
  return NO_WRITE.test(text) ? send() : write(send)
}

const READS = new Set([
  'get',
  'mget',
  'exists',
  'zrange',
  'zcard',
  'ttl',
  'pttl',
  'info',
  'ping',
  'auth',
  'hello',
  'client',
  'select',
])
const sendCommand = Redis.prototype.sendCommand
Redis.prototype.sendCommand = function (command, ...rest) {
  const send = () => sendCommand.call(this, command, ...rest)
  return READS.has(command.name.toLowerCase()) ? send() : write(send)
}

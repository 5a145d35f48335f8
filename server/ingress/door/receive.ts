import type { Socket } from 'node:net'

/** As many bytes as Node reads at a time. */
const SHARED = Buffer.alloc(65_536)
/** The bytes of the last read: most requests are as long as one before. */
let view = SHARED

/**
 * Has a socket read into one buffer that all sockets share: `onread` of `net.Socket`, which has no option for the sockets of a
 * server. Without it Node makes a buffer and a stream's chunk for each read, and the garbage collector has thousands to free at a
 * time, for which all connections wait.
 *
 * Attack: behind the bytes of a read are those of another client. The view that is given ends before them.
 *
 * @param take gets the bytes, which are no longer there when it returns
 * @returns ends it: what arrives from then on is the socket's own `data`
 */
export function receive(socket: Socket, take: (bytes: Buffer) => void): () => void {
  const places = placesOf(socket)
  if (!places) {
    socket.on('data', take)
    return () => socket.off('data', take)
  }
  let isOver = false
  Reflect.set(socket, places.buffer, SHARED)
  Reflect.set(socket, places.callback, (length: number): boolean => {
    if (isOver) return socket.push(Buffer.from(SHARED.subarray(0, length)))
    if (view.length !== length) view = SHARED.subarray(0, length)
    take(view)
    return true
  })
  places.handle.useUserBuffer(SHARED)
  socket.resume()
  return () => {
    isOver = true
  }
}

/** Where Node keeps what `onread` says. */
interface Places {
  readonly buffer: symbol
  readonly callback: symbol
  readonly handle: { useUserBuffer(buffer: Buffer): void }
}

/** Finds them; undefined in a Node that has them elsewhere, and for what is no socket of the kernel. */
function placesOf(socket: Socket): Places | undefined {
  const symbols = Object.getOwnPropertySymbols(socket)
  const named = (name: string) => symbols.find(({ description }) => description === name)
  const [buffer, callback, handle] = [named('kBuffer'), named('kBufferCb'), Reflect.get(socket, '_handle')]
  return buffer && callback && hasUserBuffer(handle) ? { buffer, callback, handle } : undefined
}

function hasUserBuffer(handle: unknown): handle is Places['handle'] {
  return typeof handle === 'object' && handle !== null && 'useUserBuffer' in handle
}

export interface QueryCount {
  /** How many queries and commands the stores were sent so far. */
  count(): number
}

/** Counts, from what goes by on the way to the stores, what they are asked to do. */
export function countQueries() {
  let total = 0
  const waiting = new Map<number, Buffer>()
  return {
    count: () => total,
    /** Each command is an array: RESP. Nothing that we send holds the beginning of one. */
    ofRedis(chunk: Buffer): void {
      total += chunk.toString('latin1').match(/(?<![^\n])\*\d+\r\n/g)?.length ?? 0
    },
    /** Each query is executed once: `E` of the extended protocol, `Q` of the simple one. */
    ofPostgres(chunk: Buffer, connection: number): void {
      const begun = waiting.get(connection)
      let bytes = begun ? Buffer.concat([begun, chunk]) : chunk
      if (!begun && bytes.length >= 4) bytes = bytes.subarray(bytes.readUInt32BE(0))
      while (bytes.length >= 5 && bytes.length > bytes.readUInt32BE(1)) {
        if (bytes[0] === 0x45 || bytes[0] === 0x51) total++
        bytes = bytes.subarray(1 + bytes.readUInt32BE(1))
      }
      waiting.set(connection, bytes)
    },
  }
}

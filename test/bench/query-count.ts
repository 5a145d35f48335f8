/** How often the stores were asked for what, by a name for each kind of query. */
export type QueriesByKind = ReadonlyMap<string, number>

export interface QueryCount {
  /** How many queries and commands the stores were sent so far. */
  count(): number
  /** The same by kind: the name of a prepared statement, the beginning of another one, or a command with its key's beginning. */
  kinds(): QueriesByKind
}

const BEGINNING = 60
/** A command and its first argument: RESP. Nothing that we send holds the beginning of a command. */
const COMMAND = /(?<![^\n])\*\d+\r\n\$\d+\r\n([^\r]+)\r\n(?:\$\d+\r\n([\w:]*))?/g

/** Counts, from what goes by on the way to the stores, what they are asked to do. */
export function countQueries() {
  let total = 0
  const kinds = new Map<string, number>()
  const waiting = new Map<number, Buffer>()
  /** Of each connection the statement that it was last told to execute. */
  const bound = new Map<number, string>()
  const add = (kind: string) => {
    total++
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return {
    count: () => total,
    kinds: (): QueriesByKind => new Map(kinds),
    ofRedis(chunk: Buffer): void {
      // Of a key the part that names a process, a window or a token is left out.
      for (const [, name = '', key = ''] of chunk.toString('latin1').matchAll(COMMAND))
        add(`${name} ${key.split(':').slice(0, 2).join(':')}`.trimEnd().toLowerCase())
    },
    /** Each query is executed once: `E` of the extended protocol, `Q` of the simple one. */
    ofPostgres(chunk: Buffer, connection: number): void {
      const begun = waiting.get(connection)
      let bytes = begun ? Buffer.concat([begun, chunk]) : chunk
      if (!begun && bytes.length >= 4) bytes = bytes.subarray(bytes.readUInt32BE(0))
      while (bytes.length >= 5 && bytes.length > bytes.readUInt32BE(1)) {
        const end = 1 + bytes.readUInt32BE(1)
        const [first = '', second = ''] = bytes.toString('utf8', 5, end).split('\0')
        // Parse has the name and the text, Bind the portal and the name; a statement without a name is the one just parsed.
        if (bytes[0] === 0x50) bound.set(connection, first || beginningOf(second))
        if (bytes[0] === 0x42 && second) bound.set(connection, second)
        if (bytes[0] === 0x51) add(beginningOf(first))
        if (bytes[0] === 0x45) add(bound.get(connection) ?? '?')
        bytes = bytes.subarray(end)
      }
      waiting.set(connection, bytes)
    },
  }
}

function beginningOf(statement: string): string {
  return statement.replace(/\s+/g, ' ').trim().slice(0, BEGINNING)
}

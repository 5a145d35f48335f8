import type { Context } from '../../storage/context.js'

/** The work of a command once the stores are open. */
export type StoreCommand = (context: Context) => Promise<void>

/** Opens the stores, runs the command on them, and closes them. */
export type Run = (command: StoreCommand) => Promise<void>

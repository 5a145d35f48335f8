import type { IncomingMessage, ServerResponse } from 'node:http'

/** Handles a request, with what comes before and after. */
export type Around = (request: IncomingMessage, response: ServerResponse, handle: () => void) => void

/**
 * The seconds after which a client may try again what was 503, as `Retry-After` has it (RFC 9110 §10.2.3): a store that was
 * started again, or a crowd that has left, takes about as long.
 */
export const RETRY_AFTER = { 'Retry-After': '5' } as const

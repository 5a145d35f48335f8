/** Names Gafaelfawr as the source of imported tokens and history. */
export const GAFAELFAWR = 'gafaelfawr'

/** An instant: whole seconds since 1970-01-01 UTC, as Gafaelfawr has them on the wire. */
export type EpochSeconds = number

/** Where "now" comes from. The rules get an instant, never a clock; shells hold one of these, and tests freeze it. */
export type Clock = () => EpochSeconds

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)

export const MINUTE = 60
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

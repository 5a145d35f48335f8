type Id = 'oauth2Proxy' | 'otelcol'

export function moduleProgram(id: Id): string
export function moduleRow(id: Id): { isInstalled(): boolean }
export function installModule(id: Id): void

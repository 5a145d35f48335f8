export function moduleProgram(id: 'oauth2Proxy' | 'otelcol'): string

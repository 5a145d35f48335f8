export function moduleProgram(id: 'oauth2Proxy'): string

export function wheelFolder(id: 'authlib' | 'canfar' | 'newAstroquery' | 'oauthenticator' | 'schemathesis'): string
export function wheelProgram(id: 'envoy' | 'hadolint' | 'helm' | 'newCaddy'): string

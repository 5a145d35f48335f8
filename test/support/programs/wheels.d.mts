export function wheelFolder(
  id: 'authlib' | 'canfar' | 'newAstroquery' | 'oauthenticator' | 'pysaml2' | 'schemathesis',
): string
export function wheelProgram(id: 'envoy' | 'hadolint' | 'helm' | 'newCaddy'): string

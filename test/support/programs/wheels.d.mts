export function wheelFolder(id: 'newAstroquery' | 'schemathesis'): string
export function wheelProgram(id: 'envoy' | 'hadolint' | 'newCaddy'): string

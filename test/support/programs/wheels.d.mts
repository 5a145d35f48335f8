export function wheelFolder(id: 'newAstroquery'): string
export function wheelProgram(id: 'envoy' | 'hadolint' | 'newCaddy'): string

export function wheelProgram(id: 'envoy' | 'newCaddy'): string

export function wheelProgram(id: 'envoy' | 'hadolint' | 'newCaddy'): string

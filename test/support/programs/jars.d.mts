export function jar(id: 'oldStil' | 'stil'): string

export type Program =
  | 'astroquery'
  | 'caddy'
  | 'chromium'
  | 'curl'
  | 'dachs'
  | 'git'
  | 'hubProxy'
  | 'jupyterhub'
  | 'nginx'
  | 'pyvo'
  | 'slapd'
  | 'stilts'
  | 'wget'

export const systemPackages: Readonly<Record<Program, { readonly package: string; isInstalled(): boolean }>>
export function installMissing(): Promise<void>

/** The scopes of the Rubin Science Platform, in plain words: what a site without a configuration of its own has. */
export const RUBIN_SCOPES: Readonly<Record<string, string>> = {
  'admin:jupyterlab': 'Can create and destroy notebook servers for any user',
  'admin:token': 'Can create and change tokens for any user',
  'admin:userinfo': 'Can see the user information of any user',
  'exec:admin': 'Can use the administrative interfaces of all services',
  'exec:internal-tools': 'Can use the internal tools of the project',
  'exec:notebook': 'Can use the notebook service',
  'exec:portal': 'Can use the portal',
  'read:image': 'Can retrieve images from the datasets',
  'read:tap': 'Can run SELECT queries on the datasets through TAP',
  'user:token': 'Can create and revoke your own tokens',
  'write:files': 'Can change files in your file space',
}

/** Who holds which of them when the configuration does not say: people in `users`, and more for those in `admins`. */
export const DEFAULT_GROUP_MAPPING: Readonly<Record<string, readonly string[]>> = {
  'admin:jupyterlab': ['admins'],
  'admin:token': ['admins'],
  'admin:userinfo': ['admins'],
  'exec:admin': ['admins'],
  'exec:internal-tools': ['admins'],
  'exec:notebook': ['admins', 'users'],
  'exec:portal': ['admins', 'users'],
  'read:image': ['admins', 'users'],
  'read:tap': ['admins', 'users'],
  'write:files': ['admins', 'users'],
}

/**
 * Returns a URL as the driver takes it. The driver holds `prefer`, `require` and `verify-ca` for `verify-full`, and prints ten
 * lines about it, unless the URL asks for the meaning that they have in libpq.
 */
export function connectionString(databaseUrl: string): string {
  if (/[?&]uselibpqcompat=true(?:&|$)/.test(databaseUrl)) return databaseUrl
  return databaseUrl.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/g, '$1verify-full')
}

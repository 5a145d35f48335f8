import { adas, bearer, lines, nobodys, type Smuggling, SYNC } from '../smuggling.js'

const FORWARDED = [
  'X-Forwarded-For',
  'X-Real-IP',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Server',
  'X_Forwarded_For',
]

/** Saying oneself where one comes from, and what one asks for. */
export const forwarding: readonly Smuggling[] = [
  ...FORWARDED.map(
    (name): Smuggling => ({
      name: `${name} by the client`,
      never: ['6.6.6.6'],
      bytes: adas(`${name}: 6.6.6.6`),
      outcome: 'passes',
    }),
  ),
  {
    name: 'X-Forwarded-For twice',
    never: ['6.6.6.6', '7.7.7.7'],
    bytes: adas('X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 7.7.7.7'),
    outcome: 'passes',
  },
  {
    name: 'Forwarded',
    never: ['6.6.6.6', 'evil.example'],
    bytes: adas('Forwarded: for=6.6.6.6;host=evil.example;proto=https'),
    outcome: 'passes',
  },
  {
    name: 'X-Forwarded-Method: OPTIONS, which needs no token',
    never: [],
    bytes: nobodys(
      '/tap/sync',
      'X-Forwarded-Method: OPTIONS',
      'X-Original-Method: OPTIONS',
      'Origin: http://127.0.0.1',
      'Access-Control-Request-Method: GET',
    ),
    outcome: 'refused',
  },
  {
    name: 'X-Original-URL and its like, naming another path',
    never: ['/elsewhere'],
    bytes: nobodys(
      '/tap/capabilities',
      'X-Original-URL: /elsewhere',
      'X-Original-URI: /elsewhere',
      'X-Rewrite-URL: /elsewhere',
      'X-Forwarded-Uri: /elsewhere',
    ),
  },
  {
    name: 'X-HTTP-Method-Override',
    never: ['DELETE'],
    bytes: adas('X-HTTP-Method-Override: DELETE', 'X-Original-Method: DELETE'),
    outcome: 'passes',
  },
  { name: 'another Host', never: ['evil.example'], bytes: adas('Host: evil.example') },
  {
    name: 'two Hosts',
    never: ['evil.example'],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Host: ${t.host}`, 'Host: evil.example']),
  },
]

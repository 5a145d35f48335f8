import { adas, bearer, lines, nobodys, type Smuggling, SYNC } from '../smuggling.js'

/** Credentials that are several, oddly written, or somewhere else. */
export const credentials: readonly Smuggling[] = [
  {
    name: 'a true token behind a false one',
    never: ['Bearer'],
    bytes: (t) => lines(t, SYNC, ['Authorization: Bearer gt-false.false', bearer(t)]),
  },
  {
    name: 'a false token behind the true one',
    never: ['Bearer', 'gt-'],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Authorization: Bearer ${t.token.replace(/..$/, 'AA')}`]),
  },
  {
    name: 'the token in a second Authorization, besides somebody else’s',
    never: ['Bearer', 'gt-'],
    bytes: (t) => lines(t, SYNC, [bearer(t), 'Authorization: Magic wand', bearer(t)]),
  },
  {
    name: 'authorization in other letters',
    never: ['Bearer', 'gt-'],
    bytes: (t) => lines(t, SYNC, [`aUTHORIZATION: bEARER ${t.token}`]),
    outcome: 'passes',
  },
  {
    name: 'Authorization_ and Authorization with a space',
    never: ['gt-'],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Authorization_: ${t.token}`, `Authorization : Bearer ${t.token}`]),
  },
  {
    name: 'copies of the token in the headers of other gates',
    never: ['gt-'],
    bytes: (t) =>
      lines(t, SYNC, [
        bearer(t),
        ...['X-Authorization', 'X-Access-Token', 'X-Forwarded-Access-Token', 'X-Auth-Request-Access-Token'].map(
          (name) => `${name}: ${t.token}`,
        ),
        `Proxy-Authorization: Bearer ${t.token}`,
      ]),
    outcome: 'passes',
  },
  {
    name: 'the token in the session’s cookie and in the header',
    never: ['gt-', 'postern='],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Cookie: a=1; postern=${t.token}; b=2`]),
    outcome: 'passes',
  },
  {
    name: 'several Cookie lines, each with the session’s',
    never: ['gt-', 'postern='],
    bytes: (t) =>
      lines(t, SYNC, [
        bearer(t),
        `Cookie: postern=${t.token}`,
        `Cookie: b=2; postern=${t.token}`,
        `cookie: postern=${t.token};c=3`,
      ]),
    outcome: 'passes',
  },
  {
    name: 'the session’s cookie between tabs and odd separators',
    never: ['gt-'],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Cookie: a=1;\tpostern=${t.token};;postern =${t.token}; ; b=2`]),
    outcome: 'passes',
  },
  {
    name: 'two cookies joined by a comma',
    never: ['gt-'],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Cookie: a=1,postern=${t.token}`]),
    outcome: 'passes',
  },
  {
    name: 'names of the proxy’s own variables as values',
    never: ['http.vars', 'root'],
    bytes: adas(
      'Cookie: a={http.request.header.X-Auth-Request-User}; b={vars.postern_token}; c=$check_user',
      'X-Auth-Request-User: root',
    ),
    outcome: 'passes',
  },
  {
    name: 'the token in the query string only',
    never: [],
    bytes: (t) => lines(t, `GET /tap/sync?token=${t.token}&access_token=${t.token} HTTP/1.1`),
    outcome: 'refused',
  },
  {
    name: 'a requirement of the client’s own in the query string',
    never: [],
    bytes: nobodys('/tap/sync?scope=&optional=true&auth_type=bearer'),
    outcome: 'refused',
  },
]

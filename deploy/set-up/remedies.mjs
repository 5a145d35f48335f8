import { root } from './step.mjs'

/** The path in npm's lines, or in Node's own message. */
const PATH = /^npm (?:error|ERR!) path (.+)$|(?:permission denied|not permitted|read-only file system), \w+ '([^']+)'/m

/** Why a request of npm failed, such as `getaddrinfo ENOTFOUND registry.npmjs.org`. */
const REASON = /reason: (.+)$/m

const CANNOT_REACH =
  /^npm (?:error|ERR!) code (?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT)/m

const CERTIFICATE =
  /SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/

/** Causes that programs of the set-up name in their output, the first that applies, and what to do. */
const REMEDIES = [
  [
    /\b(?:ENOSPC|EDQUOT)\b|no space left on device/i,
    () =>
      'The disk is full, or the quota used up: make room for 1 GB (node_modules, dist and npm’s cache; npm cache clean --force empties that), and start again.',
  ],
  [
    /\bEROFS\b|read-only file system/i,
    (output) => `${pathIn(output)} is on a read-only file system: run node deploy/set-up.mjs where it can be written.`,
  ],
  [
    /\b(?:EACCES|EPERM)\b/,
    (output) =>
      `This user may not write ${pathIn(output)}: run node deploy/set-up.mjs as its owner, or give it to this user with chown.`,
  ],
  [/^spawn npm ENOENT/m, () => 'There is no npm on the PATH: install it beside Node.js, see https://nodejs.org/.'],
  [
    /\b407\b/,
    () =>
      'The proxy before npm asks for a user and a password: npm config set https-proxy http://USER:PASSWORD@HOST:PORT.',
  ],
  [
    CERTIFICATE,
    () =>
      'The registry’s certificate is not one that Node.js trusts, as behind a proxy that opens TLS: name that proxy’s authority, with npm config set cafile FILE or NODE_EXTRA_CA_CERTS=FILE.',
  ],
  [
    CANNOT_REACH,
    (output) => {
      const reason = REASON.exec(output)?.[1]
      return `npm cannot reach its registry${reason ? ` (${reason})` : ''}: behind a proxy, set HTTPS_PROXY=http://HOST:PORT; without a network, copy npm’s cache (npm config get cache) from a machine that ran npm ci here; then start again.`
    },
  ],
  [
    /^npm (?:error|ERR!) code E40[13]/m,
    () => 'The registry refuses: sign in to it with npm login, or choose another with npm config set registry URL.',
  ],
  [
    /^npm (?:error|ERR!) code E404/m,
    () => 'The registry lacks a package: choose another with npm config set registry https://registry.npmjs.org/.',
  ],
  [
    /^npm (?:error|ERR!) code EINTEGRITY/m,
    () =>
      'A package is not the one that package-lock.json names: npm cache verify repairs a broken cache, and a proxy or mirror that alters packages cannot be used.',
  ],
  [
    /^npm (?:error|ERR!) code EUSAGE/m,
    () => 'package.json and package-lock.json do not fit together: restore both from the release.',
  ],
  [
    /\bENOTEMPTY\b/,
    () =>
      `Another program writes to ${root}node_modules at the same time: end it, such as an npm or an editor’s, and start again.`,
  ],
]

/**
 * Names the cause of a failure and what to do, in one sentence, from what the failed program printed.
 * @returns {string | undefined} undefined for causes that only the output can explain
 */
export function remedyFor(output) {
  return REMEDIES.find(([pattern]) => pattern.test(output))?.[1](output)
}

function pathIn(output) {
  const match = PATH.exec(output)
  return match?.[1] ?? match?.[2] ?? root
}

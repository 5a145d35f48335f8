import { credentials } from './corpus/credentials.js'
import { forgedIdentity } from './corpus/forged-identity.js'
import { forwarding } from './corpus/forwarding.js'
import { framing } from './corpus/framing.js'
import { hopByHop } from './corpus/hop-by-hop.js'
import { others } from './corpus/others.js'
import { paths } from './corpus/paths.js'
import type { Smuggling } from './smuggling.js'

/** Every way to get past the gate that we know of: what it must not get through is beside each. */
export const CORPUS: readonly Smuggling[] = [
  ...forgedIdentity,
  ...hopByHop,
  ...paths,
  ...credentials,
  ...forwarding,
  ...framing,
  ...others,
]

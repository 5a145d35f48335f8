import { Command } from 'commander'
import { isoTime } from '../../../../core/time.js'
import type { TokenRecord } from '../../../../core/token/record.js'
import { GafaelfawrStores } from '../../../../storage/gafaelfawr/stores.js'
import { isUnavailable } from '../../../../storage/unavailable.js'
import { type ChangedToken, surveyWayBack, type WayBack } from '../../../../tokens/gafaelfawr/way-back.js'
import type { Shell } from '../../shell.js'

/** `postern migrate to-gafaelfawr [--list]`. */
export function toGafaelfawrCommand(shell: Shell): Command {
  return new Command('to-gafaelfawr')
    .description('Say why no token can be written to Gafaelfawr, and what going back to it would change.')
    .option('--list', 'compare the tokens here with those of the Gafaelfawr that the settings name; changes nothing')
    .action(async ({ list }: { readonly list?: true }) => {
      if (!list) return shell.fail(...IMPOSSIBLE)
      const former = shell.settings().gafaelfawr
      if (!former) return shell.fail('postern: The settings name no Gafaelfawr.', 'Add the section gafaelfawr.')
      await shell.run(async (context) => {
        const stores = await GafaelfawrStores.open(former, () => undefined)
        try {
          report(shell, await surveyWayBack(context, former, stores))
        } catch (error) {
          if (!isUnavailable(error)) throw error
          shell.fail(`postern: A store does not answer (${(error as Error).message}). Nothing was compared.`)
        } finally {
          await stores.close()
        }
      })
    })
}

const IMPOSSIBLE = [
  'postern: Tokens cannot be written to Gafaelfawr.',
  'Postern keeps a hash of each secret, and Gafaelfawr needs the secret itself: it encrypts it, and compares it with what a',
  'client sends. No program can compute a secret from its hash.',
  'The way back is open all the same: tokens and browser sessions of before the switch are in Gafaelfawr’s Redis as they were,',
  'and work there when the proxy asks Gafaelfawr again. "postern migrate to-gafaelfawr --list" says what is lost by that, and',
  'which tokens that were revoked here would be valid again.',
]

/** The dangers first. The exit code is 1 while there is one. */
function report(shell: Shell, { revived, ofDisabled, wider, changed, onlyHere, sessions }: WayBack): void {
  danger(
    shell,
    `${tokens(revived.length)} revoked or ended here that Gafaelfawr would admit again`,
    revived.map(describe),
  )
  danger(shell, `${tokens(ofDisabled.length)} of users who are disabled here`, ofDisabled.map(describe))
  danger(shell, `${tokens(wider.length)} narrowed here that would be as wide as before`, wider.map(widening))
  loss(shell, `${tokens(onlyHere.length)} that Gafaelfawr does not have`, onlyHere.map(describe))
  loss(shell, `${tokens(changed.length)} that lose an edit made here`, changed.map(describeChange))
  shell.print(`LOST: ${sessions} web sessions begun here, and what was delegated here: their users sign in again.`)
  const dead = [...revived, ...ofDisabled]
  if (dead.length === 0) return
  shell.print('Before the switch, give these commands to Gafaelfawr’s Redis, as by "… --list | grep ^DEL | redis-cli":')
  for (const { key } of dead) shell.print(`DEL token:${key}`)
}

function danger(shell: Shell, what: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  shell.exitCode = 1
  shell.print(`DANGER: ${what}:`)
  for (const line of lines) shell.print(`  ${line}`)
}

function loss(shell: Shell, what: string, lines: readonly string[]): void {
  shell.print(`LOST: ${what}${lines.length > 0 ? ':' : '.'}`)
  for (const line of lines) shell.print(`  ${line}`)
}

const tokens = (count: number): string => (count === 1 ? '1 token' : `${count} tokens`)

/** Attack: a user names a token with a line break and a command of Redis behind it. */
const quoted = (name: string | undefined): string => JSON.stringify(name ?? '')

function describe({ key, type, name, username, service }: TokenRecord): string {
  const called = name === undefined ? '' : ` ${quoted(name)}`
  return `${key}  ${type} token${called} of ${username}${service === undefined ? '' : ` for ${quoted(service)}`}`
}

function widening({ here, there }: ChangedToken): string {
  const places = here.restriction ? '; there from everywhere' : ''
  return `${describe(there)}: ${rightsOf(here)} here, ${rightsOf(there)} there${places}`
}

const describeChange = ({ here, there }: ChangedToken): string =>
  `${describe(here)}: ${rightsOf(here)} here, ${rightsOf(there)}${here.name === there.name ? '' : ` as ${quoted(there.name)}`} there`

function rightsOf({ scopes, expires }: TokenRecord): string {
  const end = expires === undefined ? 'never ends' : `ends ${isoTime(expires)}`
  return `${scopes.join(' ') || 'no scope'}, ${end}`
}

import { randomBytes } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'
import { canParseUrl } from '../../core/can-parse-url.js'
import { isBasePath, ownUrl } from '../../core/site/base-path.js'
import { systemClock } from '../../core/time.js'
import { type Finding, findingsOf } from '../doctor/findings.js'
import { lookUpFacts } from '../doctor/look-up.js'
import { askSite } from '../doctor/site/ask-site.js'
import { siteFindings } from '../doctor/site/findings.js'
import type { Shell } from './shell.js'

interface Options {
  readonly service?: string
  readonly websocket?: string
  readonly tokenStdin?: boolean
}

/** `postern doctor`: the stores and settings of this site; with a URL, a living site from outside. */
export function doctorCommand(shell: Shell): Command {
  return new Command('doctor')
    .description(
      'Look over the site; with a URL, ask a living one as its clients do. The exit code is 1 where there is a warning.',
    )
    .argument('[url]', 'the address that users type; no settings and no stores are needed', siteUrl)
    .option('--service <path>', 'a path behind a check, best of an echo of its request; gets a POST of 2 MB', sitePath)
    .option('--websocket <path>', 'a path behind a check at which a WebSocket opens', sitePath)
    .option('--token-stdin', 'read a token from standard input; otherwise POSTERN_TOKEN has it')
    .action(async (url: URL | undefined, options: Options) => {
      if (url) return report(shell, siteFindings(await askSite(await wishOf(shell, url, options))))
      await shell.run(async (context) => report(shell, findingsOf(await lookUpFacts(context))))
    })
}

function report(shell: Shell, findings: readonly Finding[]): void {
  shell.printTable(findings.map((finding) => [markOf(finding), finding.about, finding.says]))
  if (findings.some(({ isWarning }) => isWarning)) shell.fail()
}

function markOf({ isWarning, isUnknown }: Finding): string {
  if (isWarning) return 'WARNING'
  return isUnknown ? '-' : 'ok'
}

async function wishOf(shell: Shell, url: URL, { service, websocket, tokenStdin }: Options) {
  const token = await shell.readToken(tokenStdin ?? false)
  return {
    url,
    mark: `doctor-${randomBytes(6).toString('hex')}`,
    clock: systemClock,
    ...(token && { token }),
    ...(service !== undefined && { service }),
    ...(websocket !== undefined && { webSocket: websocket }),
  }
}

function siteUrl(given: string): URL {
  const url = canParseUrl(given) ? new URL(given) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '')
    throw new InvalidArgumentError('Give an address such as https://data.example.org.')
  return ownUrl(isBasePath(url.pathname) ? url : new URL(url.origin), '/')
}

function sitePath(given: string): string {
  if (!/^\/[\x21-\x7e]*$/.test(given)) throw new InvalidArgumentError('Give a path such as /portal/.')
  return given
}

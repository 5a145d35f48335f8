import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

/** Chromium is not to talk to its maker, nor to wait for a graphics card. */
const ARGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
]

/** How long a test waits for what a page is to do: a minute, since a busy machine shows a page when it can. */
export const PATIENCE_MS = 60_000

export function openBrowser(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    ...options,
    args: [...ARGS, ...(options.args ?? [])],
  })
}

import type { Page } from 'playwright-core'

/** An authenticator inside Chromium, which needs no touch. */
export interface VirtualAuthenticator {
  /** The number of passkeys in it. */
  count(): Promise<number>
  /** Whether its user passes its PIN or finger check. */
  verifies(verified: boolean): Promise<void>
}

/** Gives a page a platform authenticator with room for passkeys that name their user. */
export async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    count: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    verifies: async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
  }
}

import type { ServerResponse } from 'node:http'
import type { Refusal } from '../core/access/refusal.js'

/** A page that the provider asks for; the pages of the site show it. */
export type OpenIdPage =
  /** The request cannot be answered at the client. */
  | { readonly is: 'refusal'; readonly refusal: Refusal; readonly loc?: readonly string[]; readonly error?: unknown }
  /** Whether the user wants to sign out here, too. */
  | {
      readonly is: 'sign-out'
      /** Of the form by which the user stays signed in. */
      readonly stay: string
      readonly xsrf: string
      /** The client that the user comes from. */
      readonly client?: { readonly id: string; readonly name: string }
      /** Where the user goes afterwards: an address of the client. */
      readonly onward?: { readonly address: string; readonly state?: string }
    }
  /** There is no session, or no more of the client's in this one. */
  | { readonly is: 'signed-out'; readonly onward?: string }

const pending = new WeakMap<ServerResponse, OpenIdPage>()

/** Leaves a page to be shown once the provider is done with a request, for it sets headers until then. */
export function leavePage(response: ServerResponse, page: OpenIdPage): void {
  pending.set(response, page)
}

export function pageLeft(response: ServerResponse): OpenIdPage | undefined {
  return pending.get(response)
}

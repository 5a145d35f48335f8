import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { EXCHANGE_CLIENT, EXCHANGE_GRANT } from '../../core/openid/exchange.js'

type Form = Readonly<Record<string, unknown>>

/** The provider's own view of a request, while its form is read. */
interface Reading {
  readonly ctx: KoaContextWithOIDC
}

/**
 * Lets holders of a token exchange it without a client (RFC 8693 §2.1: whether to allow that is the server's decision): the
 * token shows who asks. The provider wants a client of every request, so that one stands in where none is named.
 *
 * It has no setting for that. It puts the form that it has read into `OIDCContext.body`; a test fails when it does so no more.
 */
export function letHoldersAsk({ OIDCContext }: Provider): void {
  const forms = new WeakMap<object, Form>()
  Object.defineProperty(OIDCContext.prototype, 'body', {
    get(this: Reading) {
      return forms.get(this)
    },
    set(this: Reading, form: Form) {
      forms.set(this, withClient(form, this.ctx.get('Authorization')))
    },
  })
}

function withClient(form: Form, authorization: string): Form {
  const { grant_type, client_id, client_secret } = form
  const namesNone = [client_id, client_secret, authorization].every((each) => each === undefined || each === '')
  return grant_type === EXCHANGE_GRANT && namesNone ? { ...form, client_id: EXCHANGE_CLIENT } : form
}

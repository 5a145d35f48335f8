import { IncomingMessage, type RequestListener, type ServerOptions, ServerResponse } from 'node:http'
import type { Express } from 'express'

/** The classes that a server makes requests and responses of. */
export type RequestClasses = Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>

/** Answers requests, which are to be of its classes where it has some. */
export type AppListener = RequestListener & { readonly classes?: RequestClasses }

/**
 * Makes the classes whose objects are already what Express makes of Node's.
 *
 * Express gives each request and response another prototype. After that, V8 gives an object a hidden class of its own with each
 * property that is added, so that no inline cache finds a property in it again: a third of the time of an API call. An object that
 * has the prototype already stays as it is.
 */
export function requestClasses(app: Express): RequestClasses {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request)
  Object.setPrototypeOf(AppResponse.prototype, app.response)
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype })
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse }
}

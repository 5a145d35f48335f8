import type { Server } from 'node:http'
import supertest, { type Response } from 'supertest'
import { contractOf } from './api-contract.js'

const contract = contractOf()

/** As supertest, but every answer of the API is held to the OpenAPI document: one that it does not promise fails the test. */
export function request(server: Server) {
  const call = (method: 'get' | 'post' | 'patch' | 'put' | 'delete') => (path: string) =>
    supertest(server)[method](path).expect(hold(method.toUpperCase()))
  return { get: call('get'), post: call('post'), patch: call('patch'), put: call('put'), delete: call('delete') }
}

const hold =
  (method: string) =>
  ({ request: { url }, status, headers, text }: Response): void => {
    const { pathname: path } = new URL(url)
    const wrong = contract({ method, path, status, headers, text: text ?? '' })
    if (wrong !== undefined) throw new Error(wrong)
  }

import type { Page } from '../shared/view-models.js'

/** The API, for people who write programs. */
export interface ApiDocs extends Page {
  /** The words of the filter, as typed. */
  readonly query: string
  readonly version: string
  readonly sections: readonly { readonly name: string; readonly routes: readonly ApiRoute[] }[]
  /** The refusals that any route may answer with. */
  readonly common: readonly ApiResponse[]
  /** The objects that are sent. */
  readonly objects: readonly {
    readonly name: string
    readonly description?: string
    readonly fields: readonly ApiField[]
  }[]
}

export interface ApiRoute {
  /** Unlike any other's on the page. */
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly access: string
  /** With what a form that tries the route begins with. */
  readonly parameters: readonly (ApiField & { readonly value: string })[]
  readonly body: readonly ApiField[]
  readonly responses: readonly ApiResponse[]
  readonly examples: readonly { readonly language: string; readonly code: string }[]
  /** An example of a successful answer. */
  readonly answer?: string
}

export interface ApiField {
  readonly name: string
  readonly kind: string
  readonly required: boolean
  readonly description?: string
}

export interface ApiResponse {
  readonly status: string
  readonly description: string
  readonly kind?: string
  readonly headers: readonly { readonly name: string; readonly description: string }[]
}

export interface ApiDocsViews {
  'api-docs/api-docs': ApiDocs
}

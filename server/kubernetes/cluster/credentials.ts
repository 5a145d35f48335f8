import type { RequestOptions } from 'node:https'

/** The API server, and what a request to it needs. */
export interface Credentials {
  readonly server: URL
  /** The namespace of the pod, or of the context of the kubeconfig. */
  readonly namespace: string
  /** Read again for each request: a pod's token is replaced every hour. */
  options(): Promise<RequestOptions>
}

import { Command } from 'commander'
import type { Shell } from '../shell.js'

/** `postern openapi`: the document that a site serves at `/auth/openapi.json`. It needs no store. */
export function openApiCommand(shell: Shell): Command {
  return new Command('openapi')
    .description('Print the OpenAPI document, with the path of the base URL.')
    .action(async () => {
      const { baseUrl } = shell.settings()
      // Loads the API, which no other command needs.
      const { apiDocument } = await import('../../../api/openapi/document.js')
      shell.print(JSON.stringify(apiDocument(baseUrl), null, 2))
    })
}

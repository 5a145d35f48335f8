import { Caller, checkOf, type Reply } from '../support/clients/caller.js'
import { answerTo } from './answers.js'
import type { Deployment } from './deployment.js'
import { type Entry, KEPT, type Ledger, nameOf, WIDER } from './ledger.js'
import { credentials } from './load.js'
import type { Operations } from './operations.js'

/** Looked up one by one at the end, with their history; all of them are checked. */
const LOOKED_UP = 400
/** Clients for each server. */
const AT_ONCE = 4

/** When all is quiet: checks every issued token at every server, and compares the records with the confirmed changes. */
export async function takeStock(deployment: Deployment, ledger: Ledger, operations: Operations): Promise<void> {
  const waiting = deployment.members.map(({ serving }) => ({ serving, entries: [...ledger.entries] }))
  const clients = waiting.flatMap((each) => Array.from({ length: AT_ONCE }, () => each))
  await Promise.all(clients.map(({ serving, entries }) => checkAll(serving.port, serving.name, ledger, entries)))
  const [first] = deployment.members
  const caller = new Caller(first?.serving.port ?? 0)
  for (const entry of ledger.entries.filter(({ kind }) => kind === 'user').slice(-LOOKED_UP)) {
    await lookUp(caller, ledger, operations, entry)
  }
  caller.close()
}

/** Takes its share of the entries that wait. */
async function checkAll(port: number, by: string, ledger: Ledger, waiting: Entry[]): Promise<void> {
  const caller = new Caller(port)
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    for (const scope of entry.kind === 'user' ? [KEPT, WIDER] : [KEPT]) {
      const question = checkOf(`scope=${scope}`, credentials(entry))
      const reply = await answerTo(() => caller.ask(question))
      if (reply.status === 200) ledger.judge(entry, scope, reply, by)
      else if (scope === KEPT) missing(ledger, entry, reply, by)
    }
  }
  caller.close()
}

/** A token that should be there and is not admitted. */
function missing(ledger: Ledger, entry: Entry, { status }: Reply, by: string): void {
  for (let each: Entry | undefined = entry; each; each = each.parent) {
    if (each.endBegan !== undefined || each.mayBeLost) return
  }
  ledger.note(entry.used ? 'lost' : 'unusable', `${nameOf(entry)}: ${status}, by ${by}`)
}

async function lookUp(caller: Caller, ledger: Ledger, operations: Operations, entry: Entry): Promise<void> {
  const token = await answerTo(() => operations.look(caller, entry))
  const history = await answerTo(() => operations.history(caller, entry))
  if ([token, history].some(({ status }) => status !== 200 && status !== 404))
    throw new Error('A token could not be looked up when everything was well')
  const { scopes = [] } = (token.status === 200 ? token.json() : {}) as { scopes?: string[] }
  // Its history has the tokens delegated from it, too.
  const changes = history.status === 200 ? (history.json() as { token: string; action: string }[]) : []
  const actions = new Set(changes.filter(({ token: key }) => key === entry.key).map(({ action }) => action))
  const there = token.status === 200
  // biome-ignore format: a table reads in columns
  const broken: readonly (readonly [boolean, string])[] = [
    [entry.ended !== undefined && there,                                          'was ended and is there'],
    [entry.endBegan === undefined && !there,                                      'is not there'],
    [entry.narrowed !== undefined && scopes.includes(WIDER),                      'has the scope that was taken away'],
    [entry.narrowBegan === undefined && there && !scopes.includes(WIDER),         'has lost a scope'],
    [!actions.has('create'),                                                      'has no beginning in its history'],
    [entry.ended !== undefined && !actions.has('revoke'),                         'has no end in its history'],
    [!there && !actions.has('revoke'),                                            'is gone without a history'],
    [there && actions.has('revoke'),                                              'is there after its end in history'],
  ]
  for (const [wrong, what] of broken) if (wrong) ledger.note('lost', `${nameOf(entry)} ${what}`)
}

import { z } from 'zod'

/** The sentence for a form that no script has filled in. */
export const WITHOUT_SCRIPT = 'Passkeys need script, which is off in this browser'

const text = z.string().max(20_000)
const id = z.string().min(1).max(1400)

/** What both ceremonies return; other members of the browser's object are dropped. */
const credential = { id, rawId: id, type: z.literal('public-key') }
const extensions = { clientExtensionResults: z.object({}).default({}) }

/** The answer of `navigator.credentials.create`, in the form of its `toJSON`. */
const registration = z.object({
  ...credential,
  ...extensions,
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.string().max(20)).max(10).default([]),
  }),
})

/** The answer of `navigator.credentials.get`, in the form of its `toJSON`. */
const assertion = z.object({
  ...credential,
  ...extensions,
  response: z.object({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
    userHandle: z.string().max(100).nullish(),
  }),
})

export const parseRegistration = (json: string) => parse(registration, json)
export const parseAssertion = (json: string) => parse(assertion, json)

function parse<S extends z.ZodType>(schema: S, json: string): z.infer<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data
  } catch {
    return undefined
  }
}

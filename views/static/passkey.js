// Forms marked `data-passkey` ask the browser for a passkey, and are sent with its answer.

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))

const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const withId = (credential) => ({ ...credential, id: decode(credential.id) })

const optionsOf = (form) => {
  const { challenge, user, allowCredentials, excludeCredentials, ...rest } = JSON.parse(form.dataset.options)
  return {
    ...rest,
    challenge: decode(challenge),
    ...(user && { user: withId(user) }),
    ...(allowCredentials && { allowCredentials: allowCredentials.map(withId) }),
    ...(excludeCredentials && { excludeCredentials: excludeCredentials.map(withId) }),
  }
}

const PARTS = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']

const toJson = ({ id, rawId, type, response }) => {
  const parts = PARTS.filter((name) => response[name]).map((name) => [name, encode(response[name])])
  const transports = response.getTransports?.() ?? []
  return JSON.stringify({ id, rawId: encode(rawId), type, response: { ...Object.fromEntries(parts), transports } })
}

// By the names of DOMException, in which browsers say why.
const REASONS = { InvalidStateError: 'held', NotAllowedError: 'unused', SecurityError: 'address' }

const say = (form, reason) => {
  const message = form.querySelector('[data-passkey-message]')
  message.textContent = message.dataset[reason] ?? ''
  message.hidden = reason === undefined
}

const send = async (form, button) => {
  const label = button.textContent
  say(form)
  button.disabled = true
  button.textContent = button.dataset.busy
  try {
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: optionsOf(form) })
    form.elements.passkey.value = toJson(credential)
    form.submit()
  } catch (error) {
    say(form, REASONS[error.name] ?? 'failed')
    button.disabled = false
    button.textContent = label
  }
}

for (const form of document.querySelectorAll('[data-passkey]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (window.PublicKeyCredential) send(form, event.submitter ?? form.querySelector('button'))
    else say(form, 'unsupported')
  })
}

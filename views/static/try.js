// Sends the requests of the forms that try a route, with the session of the user, and shows what comes back.

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

const addressOf = (form) => {
  let path = form.dataset.try
  const query = new URLSearchParams()
  for (const [name, value] of new FormData(form)) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, () => encodeURIComponent(value))
    else if (value !== '') query.set(name, value)
  }
  return query.size > 0 ? `${path}?${query}` : path
}

const send = async (form) => {
  const output = form.querySelector('[data-answer]')
  output.hidden = false
  try {
    const response = await fetch(addressOf(form), { headers: { Accept: 'application/json' } })
    output.textContent = `${response.status} ${response.statusText}\n${pretty(await response.text())}`
  } catch {
    output.textContent = form.dataset.failed
  }
}

for (const form of document.querySelectorAll('[data-try]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send(form)
  })
}

// A link to something that is folded away opens it.
const unfold = () => {
  const target = document.getElementById(location.hash.slice(1))
  if (target?.matches('details')) target.open = true
}
addEventListener('hashchange', unfold)
unfold()

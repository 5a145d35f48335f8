// "Revoke" and "Log out everywhere else" lead to a page that asks first. Here the same page's question is asked in a
// dialog; should anything be in the way of that, the link is followed. So is a form that asks about ticked rows.

const question = async (href) => {
  const response = await fetch(href, { headers: { Accept: 'text/html' } })
  if (!response.ok || response.redirected) throw new Error(`No question at ${href}`)
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  return document.adoptNode(page.querySelector('[data-confirm]'))
}

const ask = async (href) => {
  const dialog = document.createElement('dialog')
  dialog.append(await question(href))
  dialog.setAttribute('aria-labelledby', 'confirm-title')
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', (event) => {
    if (!event.target.closest('[data-cancel]')) return
    event.preventDefault()
    dialog.close()
  })
  // An action that cannot be undone must not be one careless Enter away.
  dialog.querySelector('[data-cancel]').autofocus = true
  document.body.append(dialog)
  dialog.dispatchEvent(new Event('postern:shown', { bubbles: true }))
  dialog.showModal()
}

const asksHere = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey

const askOrGo = async (href) => {
  try {
    await ask(href)
  } catch {
    location.assign(href)
  }
}

// At the document: lists come and go while one searches them.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('[data-confirm-link]')
  if (!link || !asksHere(event)) return
  event.preventDefault()
  askOrGo(link.href)
})

// A form whose answer is a question: rows that are ticked, and one question about all of them.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (!form.matches('[data-confirm-form]')) return
  event.preventDefault()
  const picked = new URLSearchParams([...new FormData(form)])
  if (picked.size > 0) askOrGo(`${form.action}?${picked}`)
})

// "Revoke" and "Log out everywhere else" lead to a page that asks first. Here the same page's question is asked in a
// dialog; should anything be in the way of that, the link is followed.

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

for (const link of document.querySelectorAll('[data-confirm-link]')) {
  link.addEventListener('click', async (event) => {
    if (!asksHere(event)) return
    event.preventDefault()
    try {
      await ask(link.href)
    } catch {
      location.assign(link.href)
    }
  })
}

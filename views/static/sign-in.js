// Shows what was typed as a password while its button is pressed, and marks the provider that was used last.

for (const button of document.querySelectorAll('[data-show-password]')) {
  const field = document.getElementById(button.getAttribute('aria-controls'))
  const show = (isShown) => {
    field.type = isShown ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(isShown))
  }
  button.addEventListener('click', () => show(field.type === 'password'))
  // Browsers offer to save what is in a field of type password.
  field.form.addEventListener('submit', () => show(false))
}

const LAST = 'postern-provider'
const ways = document.querySelector('[data-ways]')
const links = ways ? [...ways.querySelectorAll('a')] : []
for (const link of links) link.addEventListener('click', () => localStorage.setItem(LAST, link.pathname))

const last = links.find((link) => link.pathname === localStorage.getItem(LAST))
if (last && links.length > 1) {
  ways.prepend(last.closest('li'))
  for (const link of links) link.classList.toggle('primary', link === last)
  const mark = Object.assign(document.createElement('span'), { className: 'muted', textContent: ways.dataset.last })
  last.after(mark)
}

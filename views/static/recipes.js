// The recipe that was followed last comes first, unless the token was named for another; and of two systems, one is shown.

const RECIPE = 'postern.recipe'
const SHELL = 'postern.shell'

// Browsers may refuse it, in private windows for one.
const recall = (name) => {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

const keep = (name, value) => {
  try {
    localStorage.setItem(name, value)
  } catch {
    // The next page begins as this one did.
  }
}

const lastFirst = (root) => {
  const list = root.querySelector('.tabs')
  const link = [...list.querySelectorAll('a')].find(({ hash }) => hash === recall(RECIPE))
  if (!link || root.dataset.chosen !== undefined) return
  list.prepend(link.parentElement)
  list.after(root.querySelector(link.hash))
}

const showShell = (chosen) => {
  for (const part of document.querySelectorAll('[data-shell]')) part.hidden = part.dataset.shell !== chosen
  for (const button of document.querySelectorAll('[data-choose-shell]'))
    button.setAttribute('aria-pressed', String(button.dataset.chooseShell === chosen))
}

const buttonFor = (part) => {
  const { shell } = part.dataset
  const button = document.createElement('button')
  Object.assign(button, {
    type: 'button',
    className: 'shell-button',
    textContent: part.querySelector('.shell-name').textContent,
  })
  button.dataset.chooseShell = shell
  button.addEventListener('click', () => {
    keep(SHELL, shell)
    showShell(shell)
  })
  return button
}

// One switch for all that a recipe does twice.
const offerShells = (choice) => {
  const parts = [...choice.closest('.recipe').querySelectorAll('[data-shell]')]
  const first = parts.filter(
    (part, index) => parts.findIndex(({ dataset }) => dataset.shell === part.dataset.shell) === index,
  )
  choice.append(...first.map(buttonFor))
}

for (const root of document.querySelectorAll('[data-recipes]')) {
  lastFirst(root)
  root.querySelectorAll('[data-shells]').forEach(offerShells)
  root.querySelector('.tabs').addEventListener('click', (event) => {
    const link = event.target.closest('a')
    if (link) keep(RECIPE, link.hash)
  })
}
showShell(recall(SHELL) ?? (/Windows/.test(navigator.userAgent) ? 'powershell' : 'unix'))

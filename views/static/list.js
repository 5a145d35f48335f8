// The list of tokens without script: a form, links and a question page. With it, the same addresses are fetched while one
// types, the ticked rows are counted, and menus close by Escape and by a click elsewhere.

const tools = document.querySelector('[data-list-tools]')
const found = () => document.querySelector('[data-list-found]')

let asked = new AbortController()

const show = async (address) => {
  asked.abort()
  asked = new AbortController()
  const ticked = new Set([...document.querySelectorAll('.pick input:checked')].map(({ value }) => value))
  const response = await fetch(address, { headers: { Accept: 'text/html' }, signal: asked.signal })
  if (!response.ok) throw new Error(`No list at ${address}`)
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const fresh = page.querySelector('[data-list-found]')
  if (!fresh) throw new Error(`No list at ${address}`)
  const said = fresh.querySelector('[role="status"]')
  const words = said?.textContent ?? ''
  found().replaceWith(document.adoptNode(fresh))
  for (const box of fresh.querySelectorAll('.pick input[name="key"]')) box.checked = ticked.has(box.value)
  // A status is read out when it changes, and not when it comes with its text.
  if (said) {
    said.textContent = ''
    requestAnimationFrame(() => {
      said.textContent = words
    })
  }
  history.replaceState(null, '', response.redirected ? response.url : address)
  fresh.dispatchEvent(new Event('postern:shown', { bubbles: true }))
  count()
}

const showOrGo = async (address) => {
  try {
    await show(address)
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(address)
  }
}

// Attack: a whole token that is pasted here would be sent in an address. Its key alone is.
const withoutSecret = (text) => text.replace(/gt-([\w-]{22})\.[\w-]*/g, '$1')

const addressOfForm = () => {
  const entries = [...new FormData(tools)].filter(([, value]) => value !== '' && value !== 'default')
  return `${tools.action}?${new URLSearchParams(entries)}`
}

if (tools) {
  let timer
  tools.addEventListener('input', ({ target }) => {
    if (target.value !== withoutSecret(target.value)) target.value = withoutSecret(target.value)
    clearTimeout(timer)
    timer = setTimeout(() => showOrGo(addressOfForm()), 200)
  })
  tools.addEventListener('submit', (event) => {
    event.preventDefault()
    clearTimeout(timer)
    showOrGo(addressOfForm())
  })
}

/** The form keeps the part that is shown, so that the next search is within it. */
const keepShown = (address) => {
  const shown = new URL(address).searchParams.get('show')
  const field = tools.querySelector('[name="show"]') ?? document.createElement('input')
  Object.assign(field, { type: 'hidden', name: 'show', value: shown ?? '' })
  tools.append(field)
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-list-link]')
  if (!link || !tools || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  const place = [...document.querySelectorAll('[data-list-link]')].indexOf(link)
  const label = link.firstChild.textContent
  keepShown(link.href)
  showOrGo(link.href).then(() => {
    const links = [...document.querySelectorAll('[data-list-link]')]
    const same = links.find((each) => each.firstChild.textContent === label) ?? links[place] ?? links[0]
    same?.focus()
  })
})

const count = () => {
  const form = document.querySelector('.pick-form')
  const said = form?.querySelector('[data-picked]')
  if (!said) return
  const boxes = [...form.querySelectorAll('.pick input[name="key"]')]
  const picked = boxes.filter(({ checked }) => checked).length
  said.textContent = picked === 0 ? '' : said.dataset.picked.replace('#', picked)
  const all = form.querySelector('[data-pick-all]')
  all.checked = picked > 0 && picked === boxes.length
  all.indeterminate = picked > 0 && picked < boxes.length
}

document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-pick-all]')) {
    for (const box of target.form.querySelectorAll('.pick input[name="key"]')) box.checked = target.checked
  }
  if (target.matches('.pick input')) count()
})
document.addEventListener('reset', () => setTimeout(count, 0))
addEventListener('pageshow', count)

const openMenus = () => document.querySelectorAll('.row-menu[open]')

document.addEventListener('click', ({ target }) => {
  for (const menu of openMenus()) {
    // A dialog gives the focus back to where it was, which is hidden in a closed menu.
    if (menu.contains(target) && target.closest('.menu-list a')) menu.querySelector('summary').focus()
    else if (menu.contains(target)) continue
    menu.open = false
  }
})
document.addEventListener('keydown', (event) => {
  const menu = event.target.closest?.('.row-menu[open]')
  if (event.key !== 'Escape' || !menu) return
  menu.open = false
  menu.querySelector('summary').focus()
})
document.addEventListener('focusout', ({ target, relatedTarget }) => {
  const menu = target.closest?.('.row-menu[open]')
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false
})

// The filter of an incident without script: a form and its answer. With it, the answer's preview is fetched while the
// filter changes; what was typed into the preview stays.

const filter = document.querySelector('[data-incident-filter]')
const preview = () => document.querySelector('[data-incident-preview]')

let asked = new AbortController()
let timer

// Attack: a whole token that is pasted here would be sent on with each change. Its key alone is.
const withoutSecret = (text) => text.replace(/gt-([\w-]{22})\.[\w-]*/g, '$1')

const entered = () =>
  [...preview().querySelectorAll('input:not([type="hidden"])')].map(({ id, type, value, checked }) => ({
    id,
    field: type === 'checkbox' ? 'checked' : 'value',
    entry: type === 'checkbox' ? checked : value,
  }))

const show = async () => {
  asked.abort()
  asked = new AbortController()
  const body = new URLSearchParams(new FormData(filter))
  const response = await fetch(filter.action, { method: 'POST', body, signal: asked.signal })
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const fresh = page.querySelector('[data-incident-preview]')
  // A field that is half typed is no mistake yet: the last preview stays, and the form's own answer says what is wrong.
  if (!response.ok || !fresh) return
  const kept = entered()
  const words = fresh.querySelector('[role="status"]')?.textContent ?? ''
  preview().replaceWith(document.adoptNode(fresh))
  for (const { id, field, entry } of kept) {
    const input = document.getElementById(id)
    if (input) input[field] = entry
  }
  // A status is read out when it changes, and not when it comes with its text.
  const said = fresh.querySelector('[role="status"]')
  if (said) {
    said.textContent = ''
    requestAnimationFrame(() => {
      said.textContent = words
    })
  }
  history.replaceState(null, '', response.url)
  fresh.dispatchEvent(new Event('postern:shown', { bubbles: true }))
}

filter.addEventListener('input', ({ target }) => {
  if (target.value !== withoutSecret(target.value)) target.value = withoutSecret(target.value)
  clearTimeout(timer)
  timer = setTimeout(() => show().catch(() => {}), 300)
})
filter.addEventListener('submit', () => {
  clearTimeout(timer)
  asked.abort()
})

// The recipes are sections, with links to them on top. This makes them tabs (ARIA Authoring Practices, "Tabs").

const tabs = (root) => {
  const list = root.querySelector('.tabs')
  const links = [...list.querySelectorAll('a')]
  const panelOf = (link) => root.querySelector(link.hash)

  const choose = (chosen) => {
    for (const link of links) {
      link.setAttribute('aria-selected', String(link === chosen))
      link.tabIndex = link === chosen ? 0 : -1
      panelOf(link).hidden = link !== chosen
    }
  }

  const neighbour = (link, key) => {
    const index = links.indexOf(link)
    if (key === 'ArrowRight') return links[(index + 1) % links.length]
    if (key === 'ArrowLeft') return links.at(index - 1)
    if (key === 'Home') return links[0]
    return key === 'End' ? links.at(-1) : undefined
  }

  list.setAttribute('role', 'tablist')
  list.setAttribute('aria-label', root.dataset.tabs)
  for (const link of links) {
    link.id = `tab-${link.hash.slice(1)}`
    link.setAttribute('role', 'tab')
    link.setAttribute('aria-controls', link.hash.slice(1))
    link.parentElement.setAttribute('role', 'presentation')
    panelOf(link).setAttribute('role', 'tabpanel')
    panelOf(link).setAttribute('aria-labelledby', link.id)
    link.addEventListener('click', (event) => {
      event.preventDefault()
      choose(link)
    })
    link.addEventListener('keydown', (event) => {
      const next = event.key === ' ' ? link : neighbour(link, event.key)
      if (!next) return
      event.preventDefault()
      choose(next)
      next.focus()
    })
  }
  choose(links.find((link) => link.hash === location.hash) ?? links[0])
  root.classList.add('alive')
}

document.querySelectorAll('[data-tabs]').forEach(tabs)

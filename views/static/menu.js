// The user menu opens and closes without script. With it, Escape and a click elsewhere close it too.

const menu = document.querySelector('.menu')

if (menu) {
  document.addEventListener('click', (event) => {
    if (!menu.contains(event.target) || event.target.closest('.menu-list a')) menu.open = false
  })
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return
    menu.open = false
    menu.querySelector('summary').focus()
  })
  menu.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false
  })
}

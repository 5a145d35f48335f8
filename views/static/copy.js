// Each Copy button copies the text beside it, and says so, to screen readers too.

const status = document.querySelector('[data-copied]')

const say = (button, word, sentence) => {
  const label = button.querySelector('[data-copy-label]')
  label.textContent = word
  status.textContent = sentence
  clearTimeout(button.timer)
  button.timer = setTimeout(() => {
    label.textContent = 'Copy'
    status.textContent = ''
  }, 3000)
}

const select = (element) => getSelection().selectAllChildren(element)

const copy = async (button) => {
  const code = button.closest('.copyable').querySelector('code')
  try {
    await navigator.clipboard.writeText(code.textContent)
    say(button, 'Copied', 'Copied.')
  } catch {
    // Browsers refuse on plain HTTP, or when the reader says no.
    select(code)
    say(button, 'Selected', 'Selected: press Control and C to copy.')
  }
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', () => copy(button))
}

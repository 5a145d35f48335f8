// Each Copy button copies the text beside it, and says so, to screen readers too.

const status = document.querySelector('[data-copied]')
const words = status.dataset

const say = (button, word, sentence) => {
  button.label ??= button.ariaLabel
  button.textContent = word
  button.ariaLabel = `${word} ${button.previousElementSibling.ariaLabel}`
  status.textContent = sentence
  clearTimeout(button.timer)
  button.timer = setTimeout(() => {
    button.textContent = words.label
    button.ariaLabel = button.label
    status.textContent = ''
  }, 3000)
}

const select = (element) => getSelection().selectAllChildren(element)

const copy = async (button) => {
  const code = button.closest('.copyable').querySelector('code')
  try {
    await navigator.clipboard.writeText(code.textContent)
    say(button, words.done, words.doneSentence)
  } catch {
    // Browsers refuse on plain HTTP, or when the reader says no.
    select(code)
    say(button, words.selected, words.selectedSentence)
  }
}

for (const button of document.querySelectorAll('.copyable > button')) {
  button.addEventListener('click', () => copy(button))
}

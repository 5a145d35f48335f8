// A second click on "Create Token" must not create a second token: a form marked `data-once` is sent once.

const rest = (button) => {
  button.dataset.label = button.textContent
  if (button.dataset.busy) button.textContent = button.dataset.busy
  button.disabled = true
}

const wake = (button) => {
  button.textContent = button.dataset.label
  button.disabled = false
}

document.addEventListener('submit', (event) => {
  const { target, submitter } = event
  if (!target.matches('[data-once]') || event.defaultPrevented || !submitter) return
  // A button at rest is not sent: what it says (`name`, `value`) is read after this event.
  setTimeout(rest, 0, submitter)
})

// "Back" may bring the page up as it was left, with the button still resting.
addEventListener('pageshow', (event) => {
  if (event.persisted) document.querySelectorAll('button[data-label]').forEach(wake)
})

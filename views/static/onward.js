// The form that leads to a provider sends itself. It does so while the page loads, so that "Back" skips the page.

document.querySelector('[data-onward]').requestSubmit()

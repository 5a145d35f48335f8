// Instants come from the server in UTC. Here the reader's zone is known.

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' })

const showLocal = (time) => {
  const instant = new Date(time.dateTime)
  const exact = `${day.format(instant)}, ${clock.format(instant)}`
  const spoken = time.querySelector('.visually-hidden')
  time.title = exact
  if (spoken) spoken.textContent = ` (${exact})`
  if (time.dataset.as === 'day') time.textContent = day.format(instant)
  if (time.dataset.as === 'date') time.textContent = date.format(instant)
  if (time.dataset.as === 'exact') time.textContent = exact
}

const showAll = (root) => root.querySelectorAll('time[data-as]').forEach(showLocal)

showAll(document)
document.addEventListener('postern:shown', (event) => showAll(event.target))

// The server writes instants in UTC, unless the reader has chosen a zone. Here the browser's zone is known, and time
// goes on: "3 minutes ago" becomes four in a page that is left open. The formats are those of server/words/dates.ts.

const { lang, dataset: page } = document.documentElement
const locale = lang === 'en' ? 'en-GB' : lang
const zone = page.zone && { timeZone: page.zone }
const numeric = { year: 'numeric', month: '2-digit', day: '2-digit' }
const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' }
// Swedish dates are ISO 8601.
const format = (iso, others) =>
  page.dates === 'iso'
    ? new Intl.DateTimeFormat('sv', { ...iso, ...zone })
    : new Intl.DateTimeFormat(locale, { ...others, ...zone })

const day = format(numeric, { dateStyle: 'medium' })
const date = format(numeric, { dateStyle: 'long' })
const exact = format({ ...numeric, ...hours }, { day: 'numeric', month: 'short', year: 'numeric', ...hours })
const calendar = new Intl.DateTimeFormat('sv', { ...numeric, ...zone })
const distance = new Intl.RelativeTimeFormat(locale, { numeric: 'always' })

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UNITS = [
  ['minute', MINUTE, HOUR],
  ['hour', HOUR, 2 * DAY],
  ['day', DAY, 100 * DAY],
  ['month', 30.44 * DAY, 730.5 * DAY],
  ['year', 365.25 * DAY, Number.POSITIVE_INFINITY],
]

const dayOf = (instant) => Math.round(Date.parse(calendar.format(instant)) / 1000 / DAY)

const relative = (instant) => {
  const seconds = Math.trunc((instant - Date.now()) / 1000)
  const size = Math.abs(seconds)
  if (size < MINUTE) return seconds > 0 ? page.soon : page.now
  const [unit, length] = UNITS.find(([, , limit]) => size < limit)
  if (unit === 'day') return distance.format(dayOf(instant) - dayOf(new Date()), unit)
  return distance.format(Math.trunc(seconds / length), unit)
}

const FORMS = { day: (at) => day.format(at), date: (at) => date.format(at), exact: (at) => exact.format(at), relative }

const show = (time) => {
  const instant = new Date(time.dateTime)
  const spoken = time.querySelector('.visually-hidden')
  time.title = exact.format(instant)
  if (spoken) spoken.textContent = ` (${time.title})`
  // Written only when it changes: what a reader has selected stays selected.
  const text = FORMS[time.dataset.as](instant)
  if (time.firstChild.data !== text) time.firstChild.data = text
}

const showAll = (root) => root.querySelectorAll('time[data-as]').forEach(show)

showAll(document)
document.addEventListener('postern:shown', (event) => showAll(event.target))
setInterval(showAll, MINUTE * 1000, document)
// A page in the background may have slept.
document.addEventListener('visibilitychange', () => document.hidden || showAll(document))

// "You can try again in 30 seconds": counted, but not read aloud each second.
const number = new Intl.NumberFormat(locale)
const NUMBER = /\d(?:[^\p{L}]*\d)?/u

const count = (line) => {
  const end = Date.now() + line.dataset.retry * 1000
  line.setAttribute('aria-live', 'off')
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000)
    if (left > 1) line.textContent = line.textContent.replace(NUMBER, number.format(left))
    if (left > 0) return
    clearInterval(timer)
    line.textContent = line.dataset.after ?? ''
    line.setAttribute('aria-live', 'polite')
  }, 1000)
}

document.querySelectorAll('[data-retry]').forEach(count)

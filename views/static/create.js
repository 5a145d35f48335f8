// While one fills in the form: says in words what is about to be made, and reads dates in the reader's own time.

const form = document.querySelector('[data-create]')
const { name, username, expires_at: at, tz_offset: offset } = form.elements
const called = name ?? username
const sentence = form.querySelector('[data-sentence]')
const zone = form.querySelector('[data-zone]')
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' })
const minute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' })

const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text })
const node = (part) => (typeof part === 'string' ? part : made('code', part.code))
const joint = (index, count) => (index === 0 ? [] : [index === count - 1 ? ' and ' : ', '])

const acts = () => {
  const chosen = [...form.querySelectorAll('[data-may]:checked')].map(({ dataset }) => JSON.parse(dataset.may))
  if (chosen.length === 0) return ['only identify you']
  return chosen.flatMap((act, index) => [...joint(index, chosen.length), ...act.map(node)])
}

const end = () => {
  const choice = form.querySelector('[name="expires"]:checked')
  if (choice?.value === 'never') return 'you revoke it'
  const preset = choice?.closest('.choice').querySelector('time')
  if (preset) return day.format(new Date(preset.dateTime))
  return choice?.value === 'at' && at.value ? minute.format(new Date(at.value)) : 'the time you choose'
}

const tell = () => {
  sentence.replaceChildren(made('strong', called.value.trim() || 'This token'), ' can ', ...acts(), ` until ${end()}.`)
}

// The offset at the date that was chosen, not today's: summer time may begin in between.
const place = () => {
  const chosen = at.value ? new Date(at.value) : new Date()
  offset.value = String(chosen.getTimezoneOffset())
}

form.addEventListener('input', () => {
  place()
  tell()
})
form.addEventListener('submit', place)

zone.textContent = `(your time, ${Intl.DateTimeFormat().resolvedOptions().timeZone})`
place()
tell()

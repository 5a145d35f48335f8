// While a user fills in the form of a token: says in words what is about to be made, checks the name, and reads dates in
// the user's own time. Its texts, in the user's language, are in the page.

const form = document.querySelector('[data-create]')
const { name, username, expires_at: at, tz_offset: offset } = form.elements
const called = name ?? username
const sentence = form.querySelector('[data-sentence]')
const zone = form.querySelector('[data-zone]')
const submit = form.querySelector('[data-submit]')
const news = form.querySelector('[data-name-news]')
const next = form.querySelector('[data-next]')
const forms = JSON.parse(sentence.dataset.sentence)

const { lang, dataset } = document.documentElement
const locale = lang === 'en' ? 'en-GB' : lang
const [dates, day] =
  dataset.dates === 'iso'
    ? ['sv', { year: 'numeric', month: '2-digit', day: '2-digit' }]
    : [locale, { dateStyle: 'long' }]
const hour = dataset.dates === 'iso' ? { hour: '2-digit', minute: '2-digit' } : { timeStyle: 'short' }
const dayOf = new Intl.DateTimeFormat(dates, { ...day, ...(dataset.zone && { timeZone: dataset.zone }) })
// As the field has it: read in the browser's zone, and shown in it.
const minuteOf = new Intl.DateTimeFormat(dates, { ...day, ...hour })
const lists = new Intl.ListFormat(locale, { type: 'conjunction' })

const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text })
const node = (part) => {
  if (typeof part === 'string') return part
  return 'code' in part ? made('code', part.code) : made('strong', part.strong)
}

const chosenScopes = () => [...form.querySelectorAll('[data-can]:checked')]

const acts = (chosen) =>
  lists.formatToParts(chosen.map((_scope, index) => String(index))).flatMap(({ type, value }) => {
    return type === 'element' ? JSON.parse(chosen[Number(value)].dataset.can).map(node) : [value]
  })

const end = () => {
  const choice = form.querySelector('[name="expires"]:checked')
  if (choice?.value === 'never') return ['never', '']
  const preset = choice?.closest('.choice').querySelector('time')
  if (preset) return ['once', dayOf.format(new Date(preset.dateTime))]
  return choice?.value === 'at' && at.value ? ['once', minuteOf.format(new Date(at.value))] : ['unchosen', '']
}

// The marks that the server has put in place of the name, the phrases and the end.
const fill = (part, values) => {
  if (typeof part !== 'string') return [node({ strong: part.strong.replace('\uE001', () => values.name) })]
  return part.split(/([\uE002\uE003])/).flatMap((piece) => {
    if (piece === '\uE002') return values.acts
    return piece === '\uE003' ? [values.end] : [piece]
  })
}

const tellNext = (chosen) => {
  if (!next) return
  const programs = JSON.parse(next.dataset.next).filter(({ scopes, always }) =>
    chosen.length === 0 ? always : scopes.some((each) => chosen.includes(each)),
  )
  const titles = lists.format(programs.map(({ title }) => title))
  next.textContent = programs.length === 0 ? '' : next.dataset.nextWords.replace('{programs}', () => titles)
}

const tell = () => {
  const chosen = chosenScopes()
  const [ends, until] = end()
  const values = { name: called.value.trim() || sentence.dataset.nameless, acts: acts(chosen), end: until }
  const parts = forms[`${chosen.length === 0 ? 'none' : 'some'} ${ends}`]
  sentence.replaceChildren(...parts.flatMap((part) => fill(part, values)))
  tellNext(chosen.map(({ value }) => value))
  if (submit && chosen.length > 0) submit.textContent = submit.dataset.submit
}

// The offset at the date that was chosen, not today's: summer time may begin in between.
const place = () => {
  const chosen = at.value ? new Date(at.value) : new Date()
  offset.value = String(chosen.getTimezoneOffset())
}

const checkName = () => {
  const { taken, long, nameNews } = news.dataset
  const wanted = name.value.normalize('NFC').replace(/\s+/g, ' ').trim()
  const isTaken = JSON.parse(nameNews).includes(wanted)
  news.textContent = isTaken ? taken.replace('{name}', () => wanted) : [...wanted].length > 64 ? long : ''
  news.classList.toggle('fits', wanted !== '' && news.textContent === '')
}

const pad = (number) => String(number).padStart(2, '0')

// The server's tomorrow is UTC's.
const setTomorrow = () => {
  const day = new Date()
  day.setDate(day.getDate() + 1)
  at.value = `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}T23:59`
}

const linkToForm = () => {
  const link = new URL(
    'auth/tokens/new',
    new URL(form.getAttribute('action').replace(/auth\/tokens$/, ''), location.href),
  )
  const { value: expires } = form.querySelector('[name="expires"]:checked') ?? {}
  if (name.value.trim() !== '') link.searchParams.set('name', name.value.trim())
  for (const { value } of chosenScopes()) link.searchParams.append('scope', value)
  if (expires && expires !== 'at') link.searchParams.set('expires', expires)
  return link.href
}

const copyLink = async ({ currentTarget: { dataset } }) => {
  const told = form.querySelector('[data-link-news]')
  const link = linkToForm()
  try {
    await navigator.clipboard.writeText(link)
    told.textContent = dataset.copied
  } catch {
    // Browsers refuse on plain HTTP.
    history.replaceState(null, '', link)
    told.textContent = dataset.shown
  }
}

form.addEventListener('input', () => {
  place()
  tell()
})
form.addEventListener('submit', place)
name?.addEventListener('input', checkName)
form.querySelector('[data-copy-link]')?.addEventListener('click', copyLink)

if (zone) zone.textContent = zone.dataset.zone.replace('{zone}', Intl.DateTimeFormat().resolvedOptions().timeZone)
if ('tomorrow' in at.dataset) setTomorrow()
place()
tell()

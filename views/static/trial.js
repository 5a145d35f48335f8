// "Test this token" asks the site, and its TAP service where the token is for that, with the new token.

const button = document.querySelector('[data-trial]')
const news = document.querySelector('[data-trial-news]')
const outcomes = JSON.parse(button.dataset.outcomes)

// Without `omit` the session's cookie would answer in the token's place.
const ask = (url) => {
  const token = document.querySelector('.token-card code').textContent
  return fetch(url, { credentials: 'omit', cache: 'no-store', headers: { Authorization: `Bearer ${token}` } })
}

const OF_INFO = { 401: 'refused', 403: 'elsewhere' }
const OF_TAP = { 401: 'tapRefused', 403: 'tapRefused', 404: 'tapMissing' }

// A proxy may lead whom it does not admit to the sign-in page, which answers 200.
const statusOf = ({ status, redirected, url }) => (redirected && /\/login$/.test(new URL(url).pathname) ? 401 : status)

const outcome = async () => {
  const info = await ask(button.dataset.trial)
  if (!info.ok) return [OF_INFO[info.status] ?? 'failed', { status: info.status }]
  const { username } = await info.json()
  if (button.dataset.tap === undefined) return ['known', { username }]
  const tap = await ask(button.dataset.tap)
  const status = statusOf(tap)
  return [status === 200 ? 'works' : (OF_TAP[status] ?? 'failed'), { status, username }]
}

const say = (name, { status = '', username = '' } = {}) => {
  const isGood = name === 'works' || name === 'known'
  news.textContent = outcomes[name].replace('{status}', status).replace('{username}', () => username)
  news.classList.toggle('good', isGood)
  news.classList.toggle('bad', !isGood)
}

button.addEventListener('click', async () => {
  button.disabled = true
  news.classList.remove('good', 'bad')
  news.textContent = button.dataset.busyWords
  try {
    say(...(await outcome()))
  } catch {
    say('noAnswer')
  }
  button.disabled = false
})

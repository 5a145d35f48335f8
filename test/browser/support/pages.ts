import type { Locator, Page } from 'playwright-core'
import { PASSWORD } from '../../support/postern.js'

/** Fills in and sends the form for a new token. */
export async function sendNewToken(page: Page, name: string): Promise<void> {
  await page.goto('/auth/tokens/new')
  await page.getByLabel('Name').fill(name)
  await page.getByRole('checkbox', { name: 'read:image' }).check()
  await page.getByRole('checkbox', { name: 'read:tap' }).check()
  await page.getByRole('button', { name: 'Create Token' }).click()
}

/** The page of a new token. */
export async function createToken(page: Page, name: string): Promise<void> {
  await sendNewToken(page, name)
  await page.getByRole('heading', { name: 'Your new token' }).waitFor()
}

/** The form for a new token, with the fold for networks and services open. */
export async function openPlaces(page: Page): Promise<void> {
  await page.goto('/auth/tokens/new')
  await page.getByText('Networks and services').click()
}

/** The page of a token that is bound to networks and services. */
export async function createBound(page: Page): Promise<void> {
  await openPlaces(page)
  await page.getByLabel('Name').fill('bound')
  await page.getByLabel('Only from these networks').fill('192.0.2.0/24 2001:db8::/32')
  await page.getByLabel('Only at these services').fill('tap')
  await page.getByRole('checkbox', { name: 'read:tap' }).check()
  await page.getByRole('button', { name: 'Create Token' }).click()
  await page.getByRole('heading', { name: 'Your new token' }).waitFor()
  await page.goto('/auth/tokens')
  await page.getByRole('link', { name: 'bound', exact: true }).click()
}

/** The form for a new token, with everything in it that can be wrong. */
export async function makeMistakes(page: Page): Promise<void> {
  await page.goto('/auth/tokens/new')
  await page.getByRole('radio', { name: 'Custom date and time' }).check()
  await page.getByLabel('Expires on').fill('2020-01-31T12:30')
  await page.getByRole('button', { name: 'Create Token' }).click()
  await page.getByRole('alert').waitFor()
}

/** Fills in and sends the form for a new service token, and waits for what comes of it. */
export async function makeServiceToken(page: Page, username: string): Promise<void> {
  await page.goto('/auth/admin/service-tokens/new')
  await page.getByLabel('User name of the service').fill(username)
  await page.getByRole('checkbox', { name: 'read:tap' }).check()
  await page.getByRole('button', { name: 'Create Service Token' }).click()
  await page
    .getByRole('alert')
    .or(page.getByRole('heading', { name: 'New service token' }))
    .waitFor()
}

/** The page that asks an administrator to sign in again, for a service token. */
export async function beAskedAgain(page: Page): Promise<void> {
  await page.goto('/auth/admin/service-tokens/new')
  await page.getByLabel('User name of the service').fill('bot-hedy')
  await page.getByRole('checkbox', { name: 'read:tap' }).check()
  await page.getByRole('button', { name: 'Create Service Token' }).click()
  await page.getByRole('heading', { name: 'Sign in again' }).waitFor()
}

/** The page with which the form goes on after that. */
export async function signInAgain(page: Page): Promise<void> {
  await beAskedAgain(page)
  await page.getByLabel('Password of hedy').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await page.getByRole('heading', { name: 'Go on where you were?' }).waitFor()
}

/** The form on the page of a program, with an invalid address. */
export async function makeProgramMistake(page: Page): Promise<void> {
  await page.goto('/auth/programs/ENG-7')
  await page.getByLabel('E-mail addresses of colleagues').fill('henrietta')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('alert').waitFor()
}

/** The menu of a token's row. */
export function rowMenu(page: Page, token: string): Locator {
  return page.getByLabel(`Actions for ${token}`)
}

/** Asks for the question of a token's row. */
export async function askToRevoke(page: Page, token: string): Promise<void> {
  await rowMenu(page, token).click()
  await page.getByRole('link', { name: `Revoke… ${token}` }).click()
}

/** Asks for the question before the tokens of an incident end. */
export async function askToRevokeAll(page: Page): Promise<void> {
  await page.goto('/auth/admin/revoke?user=ada')
  await page.fill('#reason', 'Laptop stolen')
  await page.click('button[value=revoke]')
  await page.waitForSelector('button:has-text("Revoke for good"):not(:has-text("…"))')
}

/** The question in a dialog, on the page that a path leads to. */
export async function askInDialog(page: Page, path: string, link: string): Promise<void> {
  await page.goto(path)
  await page.getByRole('link', { name: link }).click()
  await page.getByRole('dialog').waitFor()
}

/** Sends the sign-in form. */
export async function signInWith(page: Page, username: string, password: string): Promise<void> {
  await page.goto('/login')
  await page.getByRole('textbox', { name: 'User name' }).fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** The sign-in page after a wrong password. */
export async function failToSignIn(page: Page, username: string): Promise<void> {
  await signInWith(page, username, 'not the password')
  await page.getByRole('alert').waitFor()
}

/** The answer to a form of another site. */
export async function forgeForm(page: Page): Promise<void> {
  await page.evaluate(`document.querySelector('.menu [name="csrf"]').value = 'forged'`)
  await page.locator('.menu > summary').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Access denied' }).waitFor()
}

/**
 * Presses a form's button, and again while the server has yet to answer.
 *
 * @returns the URLs that the form is sent to, as they come
 */
export async function pressTwice(page: Page, button: Locator): Promise<string[]> {
  const posts: string[] = []
  let answer = () => {}
  const pressed = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**', async (route) => {
    if (route.request().method() === 'POST') await pressed
    await route.continue().catch(() => undefined)
  })
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()))
  await button.scrollIntoViewIfNeeded()
  const box = await button.boundingBox()
  const press = () => page.mouse.click((box?.x ?? 0) + 10, (box?.y ?? 0) + 10)
  const sent = page.waitForEvent('request')
  await press()
  await sent
  await press()
  answer()
  return posts
}

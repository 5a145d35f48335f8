import type { Locator, Page } from 'playwright-core'

/** More stops than any of our pages has. */
const STOPS = 80

/** Moves the focus to an element as one does without a mouse. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press('Tab')
    if (await isFocused(page, target)) return
  }
  throw new Error(`The Tab key never reaches ${target}`)
}

export async function isFocused(page: Page, target: Locator): Promise<boolean> {
  return (await target.and(page.locator(':focus')).count()) === 1
}

/** Opens an entry of the user menu with Tab and Enter. */
export async function chooseFromMenu(page: Page, entry: Locator): Promise<void> {
  await tabTo(page, page.locator('.menu > summary'))
  await page.keyboard.press('Enter')
  await tabTo(page, entry)
  await page.keyboard.press('Enter')
}

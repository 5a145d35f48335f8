import { errorsPage } from './errors-page.js'
import { performancePage } from './performance-page.js'
import { scalingPage } from './scaling-page.js'
import { settingsPage } from './settings-page.js'

/** The pages of deploy/docs that are made from the source, by file. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'deploy/docs/settings.md': settingsPage,
  'deploy/docs/errors.md': errorsPage,
  'deploy/docs/performance.md': performancePage,
  'deploy/docs/scale/scaling.md': scalingPage,
}

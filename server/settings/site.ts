import { z } from 'zod'
import { colour, httpUrl, image, link } from './values.js'

/** How the site presents itself. */
export const siteSchema = z.strictObject({
  name: z.string().min(1).max(80).default('Science Platform').describe('The name on every page'),
  logoUrl: image.optional().describe('The logo, from this site'),
  accentColor: colour.optional().describe('The colour of links and buttons, such as `#1f5fa8`'),
  helpLinks: z.array(link).default([]).describe('Links at the foot of every page'),
  footerHtml: z.string().optional().describe('HTML at the foot of every page'),
  tapUrl: httpUrl.optional().describe('The address of the TAP service, for the recipes on the page of a new token'),
})

import { barWidth, pathOf, type Rect, stackedBars } from '../../../core/pictures/bars.js'
import { type HeatCell, heatRow, LEVELS } from '../../../core/pictures/heat.js'
import type { OverviewData } from './data.js'

/** The frames of the pictures, in the units of their view boxes. Their widths follow the page. */
const BARS = { width: 480, height: 120 }
const LIST_BAR = { width: 200, height: 10 }
const HEAT = { width: 480, height: 18 }

/** Days within which an expiry is near. */
const SOON_DAYS = 2

/** Columns of bars, ready to be written. */
export interface BarPicture {
  readonly width: number
  readonly height: number
  /** One path for each series. */
  readonly paths: readonly string[]
  readonly columns: readonly Rect[]
  readonly top: number
}

/** The pictures of the overview, ready to be written. */
export interface OverviewPictures {
  readonly checks: BarPicture
  readonly ending: BarPicture
  readonly refusals: { readonly width: number; readonly height: number; readonly bars: readonly number[] }
  readonly services: {
    readonly width: number
    readonly height: number
    /** Of each service a path for each shade that it has, and how opaque the shade is. */
    readonly rows: readonly (readonly { readonly opacity: number; readonly path: string }[])[]
  }
}

/** Draws the pictures of the overview. */
export function drawOverview({ checks, refusals, ending, services }: OverviewData): OverviewPictures {
  const mostRefused = Math.max(0, ...refusals.map(({ count }) => count))
  const mostOfAnHour = Math.max(0, ...services.flatMap(({ counts }) => counts))
  return {
    checks: barPicture([
      checks.map(({ admitted }) => admitted),
      checks.map(({ unauthenticated }) => unauthenticated),
      checks.map(({ refused }) => refused),
    ]),
    ending: barPicture([
      ending.map(({ tokens }, index) => (index < SOON_DAYS ? 0 : tokens)),
      ending.map(({ tokens }, index) => (index < SOON_DAYS ? tokens : 0)),
    ]),
    refusals: { ...LIST_BAR, bars: refusals.map(({ count }) => barWidth(count, mostRefused, LIST_BAR.width)) },
    services: { ...HEAT, rows: services.map(({ counts }) => shadesOf(heatRow(counts, mostOfAnHour, HEAT))) },
  }
}

/** Counts the tokens whose expiry is near. */
export function endingSoon({ ending }: Pick<OverviewData, 'ending'>): number {
  return ending.slice(0, SOON_DAYS).reduce((sum, { tokens }) => sum + tokens, 0)
}

/** Of no checks at all a cell is still seen. */
const FAINT = 0.06

function shadesOf(cells: readonly HeatCell[]): { opacity: number; path: string }[] {
  return Array.from({ length: LEVELS + 1 }, (_, level) => ({
    opacity: level === 0 ? FAINT : level / LEVELS,
    path: pathOf(cells.filter((cell) => cell.level === level)),
  })).filter(({ path }) => path !== '')
}

function barPicture(series: readonly (readonly number[])[]): BarPicture {
  const { bars, columns, top } = stackedBars(series, BARS)
  return { ...BARS, paths: bars.map(pathOf), columns, top }
}

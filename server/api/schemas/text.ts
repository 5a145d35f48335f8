import { z } from 'zod'
import { STORABLE } from '../../core/storable-text.js'

/** A text that is stored or compared as it is; `mount` refuses the others. */
export const storable = z.string().meta({ pattern: STORABLE })

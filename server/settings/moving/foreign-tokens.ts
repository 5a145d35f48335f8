import { z } from 'zod'
import { FOREIGN_ALGORITHMS } from '../../core/token/foreign/foreign-token.js'

/** The forms of tokens that other systems issued and that are taken here, once they are imported. */
export const foreignTokensSchema = z.array(z.enum(FOREIGN_ALGORITHMS))

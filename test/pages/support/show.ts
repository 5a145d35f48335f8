import express from 'express'
import request from 'supertest'
import { loadAssets } from '../../../server/pages/shared/assets.js'
import { pageRenderer } from '../../../server/pages/shared/render.js'
import type { Views } from '../../../server/pages/shared/views.js'

const assets = loadAssets()

/**
 * The answer that a browser gets for a view of this model.
 *
 * @param base the path of the base URL
 */
export function answer<V extends keyof Views>(view: V, model: Views[V], base = '') {
  const render = pageRenderer({ assets, base })
  return request(express().get('/', (_request, response) => render(response, view, model))).get('/')
}

export async function show<V extends keyof Views>(view: V, model: Views[V], base?: string): Promise<string> {
  return (await answer(view, model, base)).text
}

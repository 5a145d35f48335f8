import express from 'express'
import request from 'supertest'
import { loadAssets } from '../../../server/pages/shared/assets.js'
import { pageRenderer } from '../../../server/pages/shared/render.js'
import type { Views } from '../../../server/pages/shared/views.js'

const render = pageRenderer(loadAssets())

/** The answer that a browser gets for a view of this model. */
export function answer<V extends keyof Views>(view: V, model: Views[V]) {
  return request(express().get('/', (_request, response) => render(response, view, model))).get('/')
}

export async function show<V extends keyof Views>(view: V, model: Views[V]): Promise<string> {
  return (await answer(view, model)).text
}

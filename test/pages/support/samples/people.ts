import type { PeopleViews } from '../../../../server/pages/admin/accounts/view-models.js'
import { layout } from './values.js'

export const peopleSamples: PeopleViews = {
  'people/list': {
    layout,
    people: [
      { username: 'ada', source: 'local', name: 'Ada Lovelace', email: 'ada@example.org' },
      { username: 'grace', source: 'institute', name: 'Grace Hopper', disabled: true },
    ],
    next: '/auth/admin/accounts?after=grace',
    canCreate: true,
  },
  'people/create': {
    layout,
    values: { username: 'eve', name: 'Eve', email: 'eve@example.org', groups: 'users' },
    useful: ['admins', 'users'],
    errors: [
      { field: 'username', message: 'Choose another name' },
      { field: 'email', message: 'Give an address' },
      { field: 'groups', message: 'No such name' },
    ],
  },
  'people/password': {
    layout,
    username: 'eve',
    password: '7mqk-3rds-x0pv-94tn',
    isNew: true,
    admitted: false,
  },
  'people/act': { layout, username: 'grace', act: 'disable' },
}

import type { ListedProgram, ProgramViews } from '../../../../server/pages/programs/view-models.js'
import { DAY, layout, NOW } from './values.js'

const listedProgram = (id: string, period: ListedProgram['period']): ListedProgram => ({
  id,
  title: 'A deep field',
  period,
  investigators: 2,
  grantees: 1,
  standing: 'pi',
})

export const programSamples: ProgramViews = {
  'programs/programs': {
    layout,
    own: [
      listedProgram('GO-1234', { state: 'exclusive', end: NOW + 100 * DAY }),
      listedProgram('GO-99', { state: 'public', end: NOW - 100 * DAY }),
    ],
    others: [
      {
        ...listedProgram('GO-5', { state: 'exclusive' }),
        standing: 'granted',
        requests: { count: 41, last: NOW - 7200 },
      },
    ],
    limit: 200,
  },
  'programs/program': {
    layout,
    id: 'GO-1234',
    title: 'A deep field',
    period: { state: 'exclusive', end: NOW + 100 * DAY, left: 100, elapsed: 0.4 },
    investigators: [
      { kind: 'username', name: 'ada', role: 'pi', fullName: 'Ada Lovelace', reads: { count: 3, last: NOW - DAY } },
      { kind: 'email', name: 'grace@example.org', role: 'co-i' },
    ],
    grants: [
      {
        email: 'eve@example.org',
        fullName: 'Eve Colleague',
        grantedBy: 'ada',
        granted: NOW - DAY,
        pending: false,
        reads: { count: 4100, last: NOW - 7200 },
      },
      { email: 'later@example.org', grantedBy: 'ada', granted: NOW - DAY, pending: true },
    ],
    history: [
      {
        program: 'GO-1234',
        action: 'grant',
        actor: 'ada',
        at: NOW - DAY,
        email: 'eve@example.org',
        address: '192.0.2.7',
      },
      {
        program: 'GO-1234',
        action: 'edit',
        actor: 'archive',
        at: NOW - DAY,
        now: { title: 'A deep field' },
        old: { title: '' },
      },
    ],
    reads: {
      others: [{ username: 'mallory', fullName: 'Mallory Gone', count: 1, last: NOW - 9 * DAY }],
      rows: [
        {
          program: 'GO-1234',
          username: 'eve',
          fullName: 'Eve Colleague',
          file: '/data/GO-1234/raw/jw01234001001_02101_00001_nrcb1_uncal.fits',
          first: NOW - 3 * 3600,
          last: NOW - 2 * 3600,
          count: 12,
        },
        { program: 'GO-1234', username: 'eve', file: '', first: NOW - DAY, last: NOW - DAY, count: 4088 },
      ],
      limit: 50,
      days: 365,
    },
    mayManage: true,
    back: { text: 'Your programs', href: '/auth/programs' },
    email: 'eve@',
    error: { field: 'email', message: 'Enter a valid e-mail address' },
    notice: 'eve@example.org no longer has access.',
    undo: 'eve@example.org',
  },
  'programs/remove': { layout, id: 'GO-1234', email: 'eve@example.org' },
  'programs/as-colleague': {
    layout,
    id: 'GO-1234',
    program: { ...listedProgram('GO-1234', { state: 'exclusive', end: NOW + 100 * DAY }), standing: 'granted' },
  },
  'admin/program-search': {
    layout,
    query: 'GO',
    programs: [listedProgram('GO-1234', { state: 'exclusive' })],
    more: true,
  },
}

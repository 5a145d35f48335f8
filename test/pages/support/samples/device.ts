import type { DeviceViews } from '../../../../server/pages/device/view-models.js'
import { expiryChoices } from '../../../../server/pages/shared/format/expiry.js'
import { layout, NOW, scopes, wanted } from './values.js'

const device = {
  code: 'BCDF-GHJK',
  client: 'Postern’s command line',
  address: '192.0.2.7',
  elsewhere: true,
  program: 'postern-cli/1.0 node/24',
  at: NOW - 60,
}

export const deviceSamples: DeviceViews = {
  'device/code': {
    layout,
    code: 'BCDF-GHJK',
    errors: [{ field: 'user_code', message: 'No device waits with this code' }],
  },
  'device/token': {
    layout,
    device,
    values: { ...wanted, name: 'laptop' },
    scopes,
    expiryChoices: expiryChoices(NOW, {}),
    idle: '10 days',
    errors: [{ field: 'name', message: 'Choose another name' }],
    tomorrow: '2026-11-23T23:59',
    suggestion: { by: device.client, missing: ['read:image'], unknown: [] },
  },
  'device/consent': { layout, device, learns: ['your user name here', 'your e-mail address'] },
  'device/done': { layout, client: device.client, approved: { token: 'laptop' } },
}

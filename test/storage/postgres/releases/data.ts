import { Secret } from '../../../../server/core/token/secret.js'
import { formatToken, hashSecret, type TokenHome, tokenFromBytes } from '../../../../server/core/token/token.js'
import { deriveKeys } from '../../../../server/settings/keys.js'

/** The master secret of every site in this folder. */
export const SECRET = 'the master secret of every release'

const [sealKey] = deriveKeys([new Secret(SECRET)]).tokenKeys

/** The same token in every release. */
function token(count: number, home: TokenHome = 'postgres') {
  const minted = tokenFromBytes(home, Buffer.alloc(12, count), Buffer.alloc(16, count), sealKey)
  return { key: minted.key, hash: `'\\x${hashSecret(minted.secret).toString('hex')}'`, text: formatToken(minted) }
}

export const TOKENS = {
  laptop: token(1),
  expired: token(2),
  revoked: token(3),
  session: token(4, 'redis'),
  bot: token(5),
  child: token(6),
  bound: token(7),
  suspended: token(8),
}
const { laptop, expired, revoked, session, bot, child, bound, suspended } = TOKENS

/** argon2id of `PASSWORD` in `support/postern.ts`. */
const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$JhlMhtSyMVy13/kHDLKSlg$pPgLbRHWHIULlym7EQn/U8e794DWpl/5ktx2sZ1RbRI'

/** What a site of some time had, by the migration that made room for it. */
export const DATA: Readonly<Record<string, string>> = {
  '20261122000000_first': `
    INSERT INTO account (username, password_hash, name, email, uid, gid, disabled, created) VALUES
      ('ada', '${PASSWORD_HASH}', 'Ada Lovelace', 'ada@example.org', 4001, 4001, NULL, '2026-11-20Z'),
      ('grace', '${PASSWORD_HASH}', NULL, NULL, 4002, 4002, '2026-11-21Z', '2026-11-20Z');
    INSERT INTO local_group (name, gid) VALUES ('users', 5001), ('admins', 5002);
    INSERT INTO local_group_member (username, group_name) VALUES ('ada', 'users'), ('ada', 'admins'), ('grace', 'users');
    INSERT INTO token (key, secret_hash, type, username, name, scopes, created, expires, last_used, last_used_address) VALUES
      ('${laptop.key}', ${laptop.hash}, 'user', 'ada', 'laptop', '{read:tap,user:token}', '2026-11-20Z', NULL, '2026-11-21Z', '192.0.2.7'),
      ('${expired.key}', ${expired.hash}, 'user', 'ada', 'expired', '{read:tap}', '2026-11-20Z', '2026-11-21Z', NULL, NULL);
    INSERT INTO token_change (token, username, token_type, token_name, parent, scopes, expires, actor, action, old, address, at) VALUES
      ('${laptop.key}', 'ada', 'user', 'laptop', NULL, '{read:tap}', NULL, 'ada', 'create', NULL, '192.0.2.7', '2026-11-20Z'),
      ('${laptop.key}', 'ada', 'user', 'laptop', NULL, '{read:tap,user:token}', NULL, 'ada', 'edit', '{"scopes": ["read:tap"]}', '192.0.2.7', '2026-11-21Z'),
      ('${revoked.key}', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, 'ada', 'create', NULL, '2001:db8::7', '2026-11-20Z'),
      ('${revoked.key}', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, 'ada', 'revoke', NULL, '2001:db8::7', '2026-11-21Z'),
      ('${session.key}', 'ada', 'session', NULL, NULL, '{read:tap}', '2099-01-01Z', 'ada', 'revoke', NULL, '192.0.2.7', '2026-11-21Z');`,
  '20261122020000_token_use': `
    INSERT INTO token_use (token, day, address, client, username, first, last, count) VALUES
      ('${laptop.key}', '2026-11-21', '192.0.2.7', 'curl', 'ada', '2026-11-21Z', '2026-11-21 08:00Z', 7);`,
  '20261122030000_person': `
    INSERT INTO token (key, secret_hash, type, username, scopes, created, granted, pinned) VALUES
      ('${bot.key}', ${bot.hash}, 'service', 'bot-mobu', '{read:tap}', '2026-11-20Z', true, '{"uid": 4100, "groups": [{"name": "bots", "id": 5100}]}');
    INSERT INTO person (username, provider, name, email, email_verified, uid, gid, groups, signed_in) VALUES
      ('kepler', 'sky', 'Johannes Kepler', 'kepler@example.org', true, 4003, 4003, '[{"name": "users", "id": 5001}]', '2026-11-21Z');`,
  '20261122040000_token_warning': `INSERT INTO token_warning (token, threshold, at) VALUES ('${expired.key}', 86400, '2026-11-20Z');`,
  '20261122060000_programs': `
    INSERT INTO program (id, title, period_end, public, loaded, updated) VALUES
      ('p-1', 'Orbits', '2099-01-01Z', false, '2026-11-20Z', '2026-11-21Z');
    INSERT INTO program_investigator (program, kind, name, role) VALUES
      ('p-1', 'username', 'ada', 'pi'), ('p-1', 'username', 'kepler', 'co-i'), ('p-1', 'username', 'tycho', 'co-i'),
      ('p-1', 'email', 'kepler@example.org', 'co-i');
    INSERT INTO program_grant (program, email, granted_by, granted) VALUES ('p-1', 'galileo@example.org', 'ada', '2026-11-21Z');
    INSERT INTO program_change (program, action, actor, at, email) VALUES ('p-1', 'grant', 'ada', '2026-11-21Z', 'galileo@example.org');`,
  '20261126000000_token_makers': `
    INSERT INTO token (key, secret_hash, type, username, name, scopes, created, makers) VALUES
      ('${child.key}', ${child.hash}, 'user', 'ada', 'child', '{read:tap}', '2026-11-21Z', '{${laptop.key}}');`,
  '20261126000000_audit': `
    INSERT INTO audit_event (event_id, at, action, event) VALUES ('0001', '2026-11-21Z', 'token.create', '{"event":{"action":"token.create"}}');`,
  '20261126010000_identity': `
    UPDATE person SET issuer = 'https://sky.example.org', subject = 'k-1';`,
  '20261126040000_notices': `
    INSERT INTO notice (username, kind, token, facts, at) VALUES ('ada', 'created', '${child.key}', '{}', '2026-11-21Z');`,
  '20261126040000_token_restriction': `
    INSERT INTO token (key, secret_hash, type, username, name, scopes, created, restriction) VALUES
      ('${bound.key}', ${bound.hash}, 'user', 'ada', 'bound', '{read:tap}', '2026-11-21Z', '{"networks": ["198.51.100.0/24"]}');`,
  '20261126080000_oidc_server': `
    INSERT INTO oidc_client (client_id, description, redirect_uris, created, last_modified, last_modified_by) VALUES
      ('grafana', 'Dashboards', '{https://grafana.example.org/login}', '2026-11-21Z', '2026-11-21Z', 'ada');
    INSERT INTO oidc_client_secret (client_id, secret_hash, created) VALUES ('grafana', '\\x00', '2026-11-21Z');
    INSERT INTO oidc_key (sealed, created) VALUES ('sealed', '2026-11-21Z');`,
  '20261126171000_oidc_consent': `
    INSERT INTO oidc_consent (username, client_id, scopes, hosts, granted) VALUES
      ('ada', 'grafana', '{openid}', '{grafana.example.org}', '2026-11-21Z');`,
  '20261127081000_assigned_uid': `INSERT INTO assigned_uid (username, uid) VALUES ('brahe', 3000007);`,
  '20261127121000_preference': `INSERT INTO preference (username, language, dates, time_zone) VALUES ('ada', 'fr', 'iso', 'Europe/Paris');`,
  '20261127160000_audit_search': `
    INSERT INTO audit_event (event_id, at, action, event, actor, refused) VALUES
      ('0002', '2026-11-22Z', 'token.edit', '{"event":{"action":"token.edit"},"postern":{},"user":{"name":"ada"}}', 'ada', false);`,
  '20261127130000_act': `
    INSERT INTO token_change (token, username, token_type, scopes, actor, action, act, reason, at) VALUES
      ('${revoked.key}', 'ada', 'user', '{read:tap}', 'root', 'revoke', 'AAAAAAAAAAAAAAAAAAAAAA', 'lost', '2026-11-22Z');`,
  '20261127150000_token_suspension': `
    INSERT INTO token (key, secret_hash, type, username, name, scopes, created) VALUES
      ('${suspended.key}', ${suspended.hash}, 'user', 'ada', 'suspended', '{read:tap}', '2026-11-21Z');
    INSERT INTO token_suspension (key, username, token_type, token_name, since, until, reason, actor, act) VALUES
      ('${suspended.key}', 'ada', 'user', 'suspended', '2026-11-21Z', '2099-01-01Z', 'a leak', 'root', 'act-1');
    INSERT INTO suspension_change (token, username, action, until, reason, actor, address, act, at) VALUES
      ('${suspended.key}', 'ada', 'suspend', '2099-01-01Z', 'a leak', 'root', '192.0.2.7', 'act-1', '2026-11-21Z');`,
  '20261127160000_incident': `
    INSERT INTO incident (id, kind, at, actor, reason, filter, disabled, signed_out, tokens, people, done) VALUES
      ('BBBBBBBBBBBBBBBBBBBBBB', 'revoke', '2026-11-22Z', '{"username": "root"}', 'leaked', 'user=ada', '{}', '{ada}', '{${revoked.key}}', 1, 1);`,
  '20261127110000_tally': `
    INSERT INTO tally (hour, service, outcome, code, count) VALUES ('2026-11-21 08:00Z', 'tap', 'admitted', 'none', 7);
    INSERT INTO tally_flush (process, number, at) VALUES ('p', 3, '2026-11-21 08:00Z');`,
  '20261127140000_program_read': `
    INSERT INTO program_read (program, username, day, file, first, last, count) VALUES
      ('p-1', 'ada', '2026-11-21', '/data/p-1/a.fits', '2026-11-21 08:00Z', '2026-11-21 09:00Z', 7);`,
  '20261127170000_program_reader': `
    INSERT INTO program_reader (program, username, day, last, count) VALUES
      ('p-2', 'ada', '2026-11-21', '2026-11-21 09:00Z', 7);`,
}

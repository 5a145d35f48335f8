-- Gafaelfawr's tables at the revision 613640641b2f, restated.
CREATE TYPE tokentype AS ENUM ('session', 'user', 'notebook', 'internal', 'service', 'oidc');
CREATE TYPE tokenchange AS ENUM ('create', 'revoke', 'expire', 'edit');
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('613640641b2f');
CREATE TABLE token (
  token text COLLATE "C" PRIMARY KEY,
  username text NOT NULL,
  token_type tokentype NOT NULL,
  token_name text,
  scopes text NOT NULL,
  service text,
  created timestamp NOT NULL,
  last_used timestamp,
  expires timestamp,
  UNIQUE (username, token_name)
);
CREATE INDEX token_by_username ON token (username, token_type);
CREATE TABLE subtoken (
  child text COLLATE "C" PRIMARY KEY REFERENCES token (token) ON DELETE CASCADE,
  parent text COLLATE "C" REFERENCES token (token) ON DELETE SET NULL
);
CREATE INDEX subtoken_by_parent ON subtoken (parent);
CREATE TABLE token_change_history (
  id serial PRIMARY KEY,
  token text NOT NULL,
  username text NOT NULL,
  token_type tokentype NOT NULL,
  token_name text,
  parent text,
  scopes text NOT NULL,
  service text,
  expires timestamp,
  actor text,
  action tokenchange NOT NULL,
  old_token_name text,
  old_scopes text,
  old_expires timestamp,
  ip_address inet,
  event_time timestamp NOT NULL
);
CREATE TABLE oidc_client (
  client_id text PRIMARY KEY,
  client_secret_hash bytea NOT NULL,
  return_uri text NOT NULL,
  description text,
  notes text,
  created timestamp NOT NULL,
  last_modified timestamp NOT NULL,
  last_modified_by text NOT NULL
);
